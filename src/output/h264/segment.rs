//! A closed piece of a film, as coded pictures.

/// A closed piece of a film: its first picture is an IDR, the others refer to no picture outside.
/// Empty if no picture was encoded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The pictures one after the other, each as NAL units with a 4-byte big-endian length before
    /// each (ISO/IEC 14496-15, 5.3.2); parameter sets are not among them.
    pub data: Vec<u8>,
    /// The length of each picture in `data`, in bytes.
    pub sizes: Vec<u32>,
    /// Sequence parameter set: one NAL unit with its header, without start code or length.
    pub sps: Vec<u8>,
    /// Picture parameter set, likewise.
    pub pps: Vec<u8>,
}

impl Segment {
    /// Sorts a NAL unit by its type (ITU-T H.264, Table 7-1).
    pub(super) fn push_nal(&mut self, nal: &[u8]) {
        match nal.first().map(|header| header & 0x1F) {
            None => {}
            Some(7) => self.sps = nal.to_vec(),
            Some(8) => self.pps = nal.to_vec(),
            Some(_) => self.push_slice(|data| data.extend_from_slice(nal)),
        }
    }

    /// A NAL unit that `write` appends, behind its length.
    pub(super) fn push_slice(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.data.len();
        self.data.extend_from_slice(&[0; 4]);
        write(&mut self.data);
        let length = self.data.len() - start - 4;
        let length = u32::try_from(length).expect("a NAL unit of less than 4 GiB");
        self.data[start..start + 4].copy_from_slice(&length.to_be_bytes());
    }
}

/// Annex B, B.1.1: two or three zeros and a one stand before each NAL unit.
pub(super) fn without_start_code(nal: &[u8]) -> &[u8] {
    nal.strip_prefix(&[0, 0, 0, 1])
        .or_else(|| nal.strip_prefix(&[0, 0, 1]))
        .unwrap_or(nal)
}
