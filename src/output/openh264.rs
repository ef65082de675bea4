//! OpenH264 through its C interface (`codec_api.h`), safe to call: one encoder, one decoder.
//!
//! The crate `openh264` would do, but always filters at block edges and has a fixed quantiser of 26
//! alone. Both cost time that we measured (`benches/encoder.md`). Owns every pointer there is; must
//! not know what a segment or a film is.

use std::os::raw::c_int;
use std::ptr;

use openh264_sys2::source::APILoader;
use openh264_sys2::{
    API as _, CAMERA_VIDEO_REAL_TIME, CM_BT709, CONSTANT_ID, CP_BT709, DEBLOCKING_IDC_1, DECODER_OPTION_TRACE_LEVEL,
    ENCODER_OPTION_TRACE_LEVEL, ERROR_CON_DISABLE, ISVCDecoder, ISVCDecoderVtbl, ISVCEncoder, ISVCEncoderVtbl,
    LOW_COMPLEXITY, RC_OFF_MODE, SBufferInfo, SDecodingParam, SEncParamExt, SFrameBSInfo, SM_SINGLE_SLICE,
    SSourcePicture, TRC_BT709, VIDEO_BITSTREAM_AVC, WELS_LOG_QUIET, videoFormatI420, videoFrameTypeIDR,
};

/// The settings of an encoder.
#[derive(Clone, Copy, Debug)]
pub(super) struct Settings {
    pub width: u32,
    pub height: u32,
    /// Frames a second; the core clamps it to 1 to 60, and only its rate control, which is off, reads it.
    pub fps: f32,
    /// Quantiser of every macroblock, 0 to 51.
    pub qp: u8,
    /// `level_idc`: 40 is level 4.0.
    pub level: u8,
    /// Nominal; nothing is controlled by it, but the level is raised to what it needs.
    pub bits_per_sec: i32,
}

/// The number of `CM_RETURN` or, in the source, of other things that went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Code(pub i32);

/// One encoder, of pictures that refer to no other.
pub(super) struct OpenH264 {
    /// Never null; made by `WelsCreateSVCEncoder`, destroyed on drop.
    encoder: *mut ISVCEncoder,
    settings: Settings,
    /// Points into the encoder's own buffers until the next picture.
    coded: SFrameBSInfo,
}

// SAFETY: the encoder has no thread of its own (`iMultipleThreadIdc` is 1) and keeps nothing by thread;
// it is used by one at a time, since every call takes `&mut self`.
unsafe impl Send for OpenH264 {}

fn check(code: c_int) -> Result<(), Code> {
    if code == 0 { Ok(()) } else { Err(Code(code)) }
}

impl OpenH264 {
    /// Sets an encoder up: 3 ms for 3840x2160.
    pub fn new(settings: Settings) -> Result<Self, Code> {
        let mut encoder: *mut ISVCEncoder = ptr::null_mut();
        // SAFETY: writes a pointer to an encoder of its own, or leaves it null.
        check(unsafe { APILoader::new().WelsCreateSVCEncoder(&raw mut encoder) })?;
        if encoder.is_null() {
            return Err(Code(-1));
        }
        let mut made = Self {
            encoder,
            settings,
            coded: SFrameBSInfo::default(),
        };
        made.set_up()?;
        Ok(made)
    }

    fn table(&self) -> &ISVCEncoderVtbl {
        // SAFETY: a C++ object begins with the pointer to its table, which lives as long as the program.
        unsafe { &**self.encoder }
    }

    fn set_up(&mut self) -> Result<(), Code> {
        let table = *self.table();
        let (Some(defaults), Some(initialize), Some(set_option)) =
            (table.GetDefaultParams, table.InitializeExt, table.SetOption)
        else {
            return Err(Code(-1));
        };
        let mut quiet: c_int = WELS_LOG_QUIET;
        let mut parameters = SEncParamExt::default();
        // SAFETY: the option reads one `int` and is allowed before the set-up, which would warn on stderr
        // of a bit rate that nothing controls; defaults fill a struct that is ours.
        unsafe {
            check(set_option(
                self.encoder,
                ENCODER_OPTION_TRACE_LEVEL,
                (&raw mut quiet).cast(),
            ))?;
            check(defaults(self.encoder, &raw mut parameters))?;
        }
        self.settings.fill(&mut parameters);
        // SAFETY: the parameters outlive the call, which copies them.
        check(unsafe { initialize(self.encoder, &raw const parameters) })
    }

    /// Encodes a picture as an IDR: three planes of 8 bits, tight, luma of `width * height` and chroma of a
    /// quarter each.
    ///
    /// # Panics
    /// If a plane has another length.
    pub fn encode(&mut self, [y, u, v]: [&[u8]; 3]) -> Result<(), Code> {
        let (width, height) = (self.settings.width as usize, self.settings.height as usize);
        let quarter = width / 2 * (height / 2);
        assert_eq!(
            [y.len(), u.len(), v.len()],
            [width * height, quarter, quarter],
            "planes of another size"
        );
        let source = SSourcePicture {
            iColorFormat: videoFormatI420,
            iStride: [width as c_int, (width / 2) as c_int, (width / 2) as c_int, 0],
            pData: [
                y.as_ptr().cast_mut(),
                u.as_ptr().cast_mut(),
                v.as_ptr().cast_mut(),
                ptr::null_mut(),
            ],
            iPicWidth: width as c_int,
            iPicHeight: height as c_int,
            uiTimeStamp: 0,
            bPsnrY: false,
            bPsnrU: false,
            bPsnrV: false,
        };
        let encode = self.table().EncodeFrame.ok_or(Code(-1))?;
        // SAFETY: the encoder is set up; it copies the planes, whose lengths were checked, and writes to
        // none (`CWelsPreProcess::WelsMoveMemoryWrapper`); `coded` is ours.
        check(unsafe { encode(self.encoder, &raw const source, &raw mut self.coded) })?;
        if self.coded.eFrameType == videoFrameTypeIDR {
            Ok(())
        } else {
            Err(Code(self.coded.eFrameType))
        }
    }

    /// The NAL units of the last picture, each with its start code.
    pub fn nal_units(&self) -> impl Iterator<Item = &[u8]> {
        let layers = &self.coded.sLayerInfo[..self.coded.iLayerNum.max(0) as usize];
        layers.iter().flat_map(|layer| {
            let count = layer.iNalCount.max(0) as usize;
            // SAFETY: after `EncodeFrame` a layer has `iNalCount` lengths, and their sum in bytes; both are the
            // encoder's and stay until the next call, which needs `&mut self`.
            let (lengths, bytes) = unsafe {
                let lengths: &[c_int] = if count == 0 {
                    &[]
                } else {
                    std::slice::from_raw_parts(layer.pNalLengthInByte, count)
                };
                let sum: usize = lengths.iter().map(|length| *length as usize).sum();
                let bytes: &[u8] = if sum == 0 {
                    &[]
                } else {
                    std::slice::from_raw_parts(layer.pBsBuf, sum)
                };
                (lengths, bytes)
            };
            let mut rest = bytes;
            lengths.iter().map(move |length| {
                let (unit, after) = rest.split_at(*length as usize);
                rest = after;
                unit
            })
        })
    }
}

impl Drop for OpenH264 {
    fn drop(&mut self) {
        // SAFETY: the pointer is from `WelsCreateSVCEncoder` and is not used again.
        unsafe {
            if let Some(uninitialize) = self.table().Uninitialize {
                uninitialize(self.encoder);
            }
            APILoader::new().WelsDestroySVCEncoder(self.encoder);
        }
    }
}

/// A decoded picture: Y, U and V with samples from row to row, in its own buffers until
/// the next picture.
pub(super) struct Decoded<'a> {
    pub planes: [(&'a [u8], usize); 3],
}

/// One decoder.
pub(super) struct Decoder {
    /// Never null; made by `WelsCreateDecoder`, destroyed on drop.
    decoder: *mut ISVCDecoder,
}

// SAFETY: as the encoder.
unsafe impl Send for Decoder {}

impl Decoder {
    /// Sets a decoder up.
    pub fn new() -> Result<Self, Code> {
        let mut decoder: *mut ISVCDecoder = ptr::null_mut();
        // SAFETY: writes a pointer to a decoder of its own, or leaves it null.
        check(unsafe { APILoader::new().WelsCreateDecoder(&raw mut decoder) } as c_int)?;
        if decoder.is_null() {
            return Err(Code(-1));
        }
        let made = Self { decoder };
        let table = made.table();
        let (Some(initialize), Some(set_option)) = (table.Initialize, table.SetOption) else {
            return Err(Code(-1));
        };
        let mut quiet: c_int = WELS_LOG_QUIET;
        let mut parameters = SDecodingParam::default();
        parameters.sVideoProperty.eVideoBsType = VIDEO_BITSTREAM_AVC;
        parameters.eEcActiveIdc = ERROR_CON_DISABLE;
        // SAFETY: the option reads one `int`; the parameters outlive the call, which copies them.
        unsafe {
            check(set_option(made.decoder, DECODER_OPTION_TRACE_LEVEL, (&raw mut quiet).cast()) as c_int)?;
            check(initialize(made.decoder, &raw const parameters) as c_int)?;
        }
        Ok(made)
    }

    fn table(&self) -> &ISVCDecoderVtbl {
        // SAFETY: as the encoder's.
        unsafe { &**self.decoder }
    }

    /// Decodes one picture, `width` by `height`: its NAL units with start codes, parameter sets first.
    pub fn decode(&mut self, units: &[u8], [width, height]: [usize; 2]) -> Result<Decoded<'_>, Code> {
        let decode = self.table().DecodeFrameNoDelay.ok_or(Code(-1))?;
        let length = c_int::try_from(units.len()).map_err(|_| Code(-1))?;
        let mut planes: [*mut u8; 3] = [ptr::null_mut(); 3];
        let mut info = SBufferInfo::default();
        // SAFETY: the decoder is set up; it reads `length` bytes, and writes three pointers and `info`.
        check(unsafe { decode(self.decoder, units.as_ptr(), length, planes.as_mut_ptr(), &raw mut info) })?;
        // SAFETY: the union has one field.
        let buffer = unsafe { info.UsrData.sSystemBuffer };
        let size = [buffer.iWidth, buffer.iHeight].map(|side| usize::try_from(side).unwrap_or(0));
        let strides = buffer.iStride.map(|stride| usize::try_from(stride).unwrap_or(0));
        if info.iBufferStatus != 1 || size != [width, height] || planes.iter().any(|plane| plane.is_null()) {
            return Err(Code(-1));
        }
        let shapes = [(strides[0], width, height), (strides[1], width / 2, height / 2)];
        let plane = |index: usize, (stride, width, height): (usize, usize, usize)| {
            // SAFETY: the decoder's planes have `height` rows, `stride` apart, of `width` samples at least; they
            // stay until the next call, which needs `&mut self`.
            let samples = unsafe { std::slice::from_raw_parts(planes[index], stride * (height - 1) + width) };
            (samples, stride)
        };
        Ok(Decoded {
            planes: [plane(0, shapes[0]), plane(1, shapes[1]), plane(2, shapes[1])],
        })
    }
}

impl Drop for Decoder {
    fn drop(&mut self) {
        // SAFETY: the pointer is from `WelsCreateDecoder` and is not used again.
        unsafe {
            if let Some(uninitialize) = self.table().Uninitialize {
                uninitialize(self.decoder);
            }
            APILoader::new().WelsDestroyDecoder(self.decoder);
        }
    }
}

impl Settings {
    /// Over the defaults of the library.
    fn fill(&self, parameters: &mut SEncParamExt) {
        let (width, height) = (self.width as c_int, self.height as c_int);
        parameters.iUsageType = CAMERA_VIDEO_REAL_TIME;
        parameters.iComplexityMode = LOW_COMPLEXITY;
        parameters.iPicWidth = width;
        parameters.iPicHeight = height;
        parameters.fMaxFrameRate = self.fps;
        parameters.iTargetBitrate = self.bits_per_sec;
        parameters.iRCMode = RC_OFF_MODE;
        parameters.iMinQp = c_int::from(self.qp);
        parameters.iMaxQp = c_int::from(self.qp);
        parameters.bEnableFrameSkip = false;
        parameters.bEnableSceneChangeDetect = false;
        parameters.bEnableBackgroundDetection = false;
        parameters.bEnableAdaptiveQuant = false;
        parameters.bEnableDenoise = false;
        parameters.bEnableLongTermReference = false;
        // Nothing but IDRs.
        parameters.uiIntraPeriod = 1;
        parameters.eSpsPpsIdStrategy = CONSTANT_ID;
        // Segments are the parallel work; threads within a picture would cut it into slices.
        parameters.iMultipleThreadIdc = 1;
        parameters.iLoopFilterDisableIdc = DEBLOCKING_IDC_1 as c_int;
        parameters.iSpatialLayerNum = 1;
        parameters.iTemporalLayerNum = 1;
        let layer = &mut parameters.sSpatialLayers[0];
        layer.iVideoWidth = width;
        layer.iVideoHeight = height;
        layer.fFrameRate = self.fps;
        layer.iSpatialBitrate = self.bits_per_sec;
        layer.iMaxSpatialBitrate = self.bits_per_sec;
        layer.iDLayerQp = c_int::from(self.qp);
        layer.uiLevelIdc = self.level.into();
        layer.sSliceArgument.uiSliceMode = SM_SINGLE_SLICE;
        layer.sSliceArgument.uiSliceNum = 1;
        // BT.709, limited range.
        layer.bVideoSignalTypePresent = true;
        layer.bColorDescriptionPresent = true;
        layer.bFullRange = false;
        layer.uiColorPrimaries = CP_BT709 as u8;
        layer.uiTransferCharacteristics = TRC_BT709 as u8;
        layer.uiColorMatrix = CM_BT709 as u8;
    }
}
