"""Groups a log in the layout of the sample by (bin, country, protocol, port) with polars or duckdb.

Usage: group_by.py polars|duckdb LOG.csv BIN_SECS. Says rows a second and the most memory, in the words
of `benches/group_by.rs`. Each reads the columns it needs as the types they have, which is what it is
fastest at, and keeps the groups in memory.
"""

import resource
import sys
import time

COLUMNS = ["datetime", "host", "proto", "type", "spt", "dpt", "cc", "country"]


def with_polars(path, bin_secs):
    import polars as pl

    start = time.perf_counter()
    types = dict.fromkeys(COLUMNS, pl.String) | {"spt": pl.UInt16, "dpt": pl.UInt16}
    groups = (
        pl.scan_csv(path, schema=types)
        .filter(pl.col("proto").is_in(["TCP", "UDP"]) & pl.col("dpt").is_not_null())
        .with_columns(time=pl.col("datetime").str.to_datetime("%Y-%m-%d %H:%M:%S"))
        .group_by(pl.col("time").dt.truncate(f"{bin_secs}s").alias("bin"), "cc", "proto", "dpt")
        .agg(pl.col("time").min(), pl.len())
        .collect(engine="streaming")
    )
    secs, peak_mb = time.perf_counter() - start, peak()
    rows = pl.scan_csv(path, schema=types).select(pl.len()).collect().item()
    return groups.height, secs, peak_mb, rows


def with_duckdb(path, bin_secs):
    import duckdb

    start = time.perf_counter()
    types = dict.fromkeys(COLUMNS, "VARCHAR") | {"datetime": "TIMESTAMP", "spt": "USMALLINT", "dpt": "USMALLINT"}
    connection = duckdb.connect()
    connection.execute(
        f"""create table groups as
            select time_bucket(interval '{bin_secs} seconds', datetime) as bin, cc, proto, dpt, min(datetime), count(*)
            from read_csv($path, header = true, columns = {types})
            where proto in ('TCP', 'UDP') and dpt is not null
            group by all""",
        {"path": path},
    )
    secs, peak_mb = time.perf_counter() - start, peak()
    groups = connection.execute("select count(*) from groups").fetchone()[0]
    rows = connection.execute(f"select count(*) from read_csv($path, header = true, columns = {types})", {"path": path})
    return groups, secs, peak_mb, rows.fetchone()[0]


def peak():
    """The most memory so far, in MB; what counts the rows afterwards is not measured."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 // 1_000_000


def main():
    tool, path, bin_secs = sys.argv[1], sys.argv[2], int(sys.argv[3])
    groups, secs, peak_mb, rows = {"polars": with_polars, "duckdb": with_duckdb}[tool](path, bin_secs)
    print(
        f"{tool}: {rows} rows, {groups} groups, {secs:.2f} s, {rows / secs / 1e6:.2f} million rows a second, "
        f"{peak_mb} MB at most"
    )


main()
