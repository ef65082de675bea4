"""Writes decimals.parquet, polars.parquet, fastparquet.parquet and those that are encrypted: `python make.py`, with
pyarrow, polars, pandas and fastparquet from PyPI."""

import base64
import decimal

import fastparquet
import pandas
import polars
import pyarrow
import pyarrow.parquet as parquet
import pyarrow.parquet.encryption as encryption

START = 1374658805
PROTOCOLS = ["TCP", "UDP", "6", "tcp", "icmp"]
PORTS = [22, 53, 80, 443, 0]
PACKETS = [4, 1, 7, None, 1]
SOURCES = ["203.0.113.5", "203.0.113.6", "198.51.100.9", "2001:db8::9", "203.0.113.5"]


def decimals(values, digits, places):
    values = [None if value is None else decimal.Decimal(value) for value in values]
    return pyarrow.array(values, pyarrow.decimal128(digits, places))


frame = pandas.DataFrame(
    {
        "ts": pandas.to_datetime([START + row for row in range(5)], unit="s").astype("datetime64[ns]"),
        "proto": PROTOCOLS,
        "src_ip": SOURCES,
        "dst_ip": ["198.51.100.7"] * 5,
        "dst_port": PORTS,
        "packets": PACKETS,
    }
)
table = pyarrow.table(
    {
        "ts": decimals([START, START + 1, START + 2, START + 3, START + 4], 20, 6),
        "proto": PROTOCOLS,
        "src_ip": pyarrow.array([3405803781, 3405803782, 3325256713, None, 3405803781], pyarrow.uint32()),
        "dst_ip": ["198.51.100.7"] * 5,
        "dst_port": decimals([22, 53, "80.5", 443, 0], 9, 1),
        "packets": decimals(PACKETS, 38, 0),
    }
)
parquet.write_table(table, "decimals.parquet", compression="lz4", data_page_version="2.0")
# The last second of the year 9999, and the first of the year 1.
far = [253402300799000, START * 1000, -62135596800000, None, 0]
far = table.set_column(0, "ts", pyarrow.array(far).cast(pyarrow.timestamp("ms")))
parquet.write_table(far, "far.parquet")
polars.from_pandas(frame).with_columns(polars.col("src_ip").cast(polars.Categorical)).write_parquet("polars.parquet")
fastparquet.write("fastparquet.parquet", frame, times="int96", object_encoding="bytes", compression="SNAPPY")


class Keys(encryption.KmsClient):
    def wrap_key(self, key, _):
        return base64.b64encode(key)

    def unwrap_key(self, key, _):
        return base64.b64decode(key)


factory = encryption.CryptoFactory(lambda _: Keys())
for name, plain in [("encrypted-footer", False), ("encrypted-columns", True)]:
    asked = encryption.EncryptionConfiguration(
        footer_key="footer", column_keys={"column": ["src_ip"]}, plaintext_footer=plain
    )
    keys = factory.file_encryption_properties(encryption.KmsConnectionConfig(), asked)
    with parquet.ParquetWriter(f"{name}.parquet", table.schema, encryption_properties=keys) as writer:
        writer.write_table(table)
