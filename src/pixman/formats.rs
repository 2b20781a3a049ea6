//! pixman's numbers of formats.
//!
//! wl_shm's formats are bytes in memory, the same on all machines; pixman's are numbers of 32 bits, or of 64. Where the
//! highest byte comes first there are the four bytes the other way round, but nothing for colours of more bits.

use core::ffi::c_uint;

use super::raw;
use crate::units::PixelFormat;

/// `PIXMAN_a16b16g16r16`: sizes in bytes, which are multiplied by 8. Since pixman 0.46; older headers have no name for it.
const A16B16G16R16: c_uint = (8 << 24) | (3 << 22) | (3 << 16) | (2 << 12) | (2 << 8) | (2 << 4) | 2;

/// The number of the format that has these bytes. None: pixman has none.
pub(super) fn number_of(format: PixelFormat) -> Option<c_uint> {
    let number = if cfg!(target_endian = "big") { number_big_endian(format) } else { number_little_endian(format) };
    number.filter(|number| *number != A16B16G16R16 || is_known(*number))
}

fn number_little_endian(format: PixelFormat) -> Option<c_uint> {
    Some(match format {
        PixelFormat::Argb8888 => raw::PIXMAN_A8R8G8B8,
        PixelFormat::Xrgb8888 => raw::PIXMAN_X8R8G8B8,
        PixelFormat::Argb2101010 => raw::PIXMAN_A2R10G10B10,
        PixelFormat::Xrgb2101010 => raw::PIXMAN_X2R10G10B10,
        PixelFormat::Abgr2101010 => raw::PIXMAN_A2B10G10R10,
        PixelFormat::Xbgr2101010 => raw::PIXMAN_X2B10G10R10,
        // There is none without transparency: who draws sees to it that all is opaque.
        PixelFormat::Abgr16161616 | PixelFormat::Xbgr16161616 => A16B16G16R16,
        PixelFormat::R8 => raw::PIXMAN_A8,
    })
}

fn number_big_endian(format: PixelFormat) -> Option<c_uint> {
    match format {
        PixelFormat::Argb8888 => Some(raw::PIXMAN_B8G8R8A8),
        PixelFormat::Xrgb8888 => Some(raw::PIXMAN_B8G8R8X8),
        PixelFormat::R8 => Some(raw::PIXMAN_A8),
        _ => None,
    }
}

/// True if this pixman can draw into images of a format. It would make images of any.
fn is_known(number: c_uint) -> bool {
    // SAFETY: the call looks a number up.
    unsafe { raw::pixman_format_supported_destination(number) != 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PixelFormat::{
        Abgr2101010, Abgr16161616, Argb8888, Argb2101010, R8, Xbgr2101010, Xbgr16161616, Xrgb8888, Xrgb2101010,
    };

    #[test]
    fn pixels_have_as_many_bytes_for_pixman() {
        let all =
            [Argb8888, Xrgb8888, Argb2101010, Xrgb2101010, Abgr2101010, Xbgr2101010, Abgr16161616, Xbgr16161616, R8];
        for format in all {
            for number in [number_little_endian(format), number_big_endian(format)].into_iter().flatten() {
                // As PIXMAN_FORMAT_BPP has it.
                let bits = usize::try_from((number >> 24) << ((number >> 22) & 3)).unwrap();
                assert_eq!(bits, format.pixel_bytes() * 8, "{format:?}");
                let is_supported = is_known(number);
                assert!(is_supported || number == A16B16G16R16, "{format:?}");
                assert_eq!(number_of(format).is_some(), number_here(format).is_some_and(is_known), "{format:?}");
            }
        }
    }

    fn number_here(format: PixelFormat) -> Option<c_uint> {
        if cfg!(target_endian = "big") { number_big_endian(format) } else { number_little_endian(format) }
    }
}
