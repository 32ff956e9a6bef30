//! Pictures of products, as somebody has them, made into what pages show.
//!
//! ```text
//! bytes ─▶ what they are ─▶ how large ─▶ decode ─▶ turn ─▶ shrink ─▶ encode
//! ```
//!
//! What they are is read from the bytes, whatever anybody says of them. What goes out has been encoded here: nothing of the file is passed on but
//! its pixels, so neither where a photograph was taken nor anything that hides behind a picture's end. No file and no thread:
//! [`shown`] takes values and returns values, and who calls it says where it runs.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::imageops::FilterType;
use image::{
    DynamicImage, ExtendedColorType, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader, Limits,
};

/// Pixels of a picture that is taken: what a good camera makes.
pub const PIXELS_MAX: u64 = 40_000_000;
/// Bytes that decoding may take: so many pixels of four channels with 8 bits each, and what the decoder needs besides. Pictures with 16 bits may have fewer.
const DECODED_BYTES_MAX: u64 = PIXELS_MAX * 6;
/// Pixels of the longer side of what is shown. Pages are at most 1,152 CSS pixels wide, a picture has part of that, and many screens two pixels for each.
pub const SIDE_MAX: u32 = 1_600;
/// From 1 to 100. Above it, files grow and nobody sees why.
const JPEG_QUALITY: u8 = 85;

/// A picture that pages can show.
pub struct Shown {
    /// The file.
    pub bytes: Vec<u8>,
    /// What it is.
    pub kind: Kind,
}

/// What a picture that pages show is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// For photographs, and all that has no transparent pixels.
    Jpeg,
    /// For what has some.
    Png,
}

impl Kind {
    /// As it ends a file's name.
    pub fn extension(self) -> &'static str {
        match self {
            Kind::Jpeg => "jpg",
            Kind::Png => "png",
        }
    }

    /// The kind whose files' names end so.
    pub fn of_extension(extension: &str) -> Option<Self> {
        [Kind::Jpeg, Kind::Png].into_iter().find(|kind| kind.extension() == extension)
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Kind::Jpeg => "image/jpeg",
            Kind::Png => "image/png",
        }
    }
}

/// Why a file is not taken.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is something else.
    #[error("not a PNG, JPEG or WebP picture")]
    OtherKind,
    /// It has too many pixels.
    #[error("{width} x {height} pixels, at most {PIXELS_MAX} in all")]
    TooManyPixels {
        /// In pixels.
        width: u32,
        /// In pixels.
        height: u32,
    },
    /// It begins like a picture, and cannot be read as one.
    #[error("the picture is damaged, or of a kind that cannot be read: {0}")]
    Unreadable(String),
}

/// What pages show of a file: turned as its camera was held, at most [`SIDE_MAX`] pixels wide and high, without anything that the file says
/// besides. Takes up to some 400 MB while it runs, and up to some seconds.
///
/// # Errors
/// When the file is not taken.
pub fn shown(file: &[u8]) -> Result<Shown, Refused> {
    let kind = image::guess_format(file).map_err(|_| Refused::OtherKind)?;
    if ![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP].contains(&kind) {
        return Err(Refused::OtherKind);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(DECODED_BYTES_MAX);
    let mut reader = ImageReader::with_format(Cursor::new(file), kind);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unreadable)?;
    // The head alone has been read yet.
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > PIXELS_MAX {
        return Err(Refused::TooManyPixels { width, height });
    }
    let orientation = decoder.orientation().map_err(unreadable)?;
    let whole = DynamicImage::from_decoder(decoder).map_err(unreadable)?;
    let mut small = shrunk(whole);
    small.apply_orientation(orientation);
    encoded(&small).map_err(unreadable)
}

fn unreadable(error: ImageError) -> Refused {
    Refused::Unreadable(error.to_string())
}

/// By averages first, which takes little memory, and from twice the size by what is sharp.
fn shrunk(whole: DynamicImage) -> DynamicImage {
    let larger = |image: &DynamicImage, side: u32| image.width().max(image.height()) > side;
    let near = if larger(&whole, SIDE_MAX * 2) { whole.thumbnail(SIDE_MAX * 2, SIDE_MAX * 2) } else { whole };
    if larger(&near, SIDE_MAX) { near.resize(SIDE_MAX, SIDE_MAX, FilterType::Lanczos3) } else { near }
}

fn encoded(image: &DynamicImage) -> Result<Shown, ImageError> {
    let (width, height) = (image.width(), image.height());
    let mut bytes = Vec::new();
    let all = image.to_rgba8();
    if all.pixels().any(|pixel| pixel.0[3] != u8::MAX) {
        PngEncoder::new(&mut bytes).write_image(&all, width, height, ExtendedColorType::Rgba8)?;
        return Ok(Shown { bytes, kind: Kind::Png });
    }
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
        &image.to_rgb8(),
        width,
        height,
        ExtendedColorType::Rgb8,
    )?;
    Ok(Shown { bytes, kind: Kind::Jpeg })
}

#[cfg(test)]
mod tests;
