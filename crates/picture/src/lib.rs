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
/// Chunks of a PNG that is taken. Encoders make one of at least 8 KiB each; reading one takes as long however little is in it.
const CHUNKS_MAX: usize = 10_000;
/// Alpha from which a pixel is as good as opaque: nobody sees through it.
const OPAQUE_FROM: u8 = 250;
/// Bytes of a PNG that a whole crowd is shown, about: what is larger is made smaller on its sides.
const PNG_BYTES_MAX: usize = 1_000_000;
/// Pixels of the longer side that it keeps nevertheless.
const SIDE_MIN: u32 = 400;
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
    /// It is a PNG of more chunks than a picture needs.
    #[error("a PNG of more than {CHUNKS_MAX} chunks: save it anew")]
    TooManyChunks,
    /// It begins like a picture, and cannot be read as one.
    #[error("the picture is damaged, or of a kind that cannot be read: {0}")]
    Unreadable(String),
}

/// What pages show of a file: turned as its camera was held, at most [`SIDE_MAX`] pixels wide and high, without anything that the file says
/// besides. Takes up to some 500 MB while it runs, and up to some seconds.
///
/// # Errors
/// When the file is not taken.
pub fn shown(file: &[u8]) -> Result<Shown, Refused> {
    let kind = image::guess_format(file).map_err(|_| Refused::OtherKind)?;
    if ![ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP].contains(&kind) {
        return Err(Refused::OtherKind);
    }
    if kind == ImageFormat::Png && chunks(file).nth(CHUNKS_MAX).is_some() {
        return Err(Refused::TooManyChunks);
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

/// The lengths of the chunks of a PNG, as they say.
fn chunks(png: &[u8]) -> impl Iterator<Item = usize> {
    let mut rest = png.get(8..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = u32::from_be_bytes(*rest.first_chunk()?) as usize;
        // With its length, its name and its check.
        rest = rest.get(length.checked_add(12)?..)?;
        Some(length)
    })
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
    let all = image.to_rgba8();
    if all.pixels().any(|pixel| pixel.0[3] < OPAQUE_FROM) {
        return Ok(Shown { bytes: png(image)?, kind: Kind::Png });
    }
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(
        &image.to_rgb8(),
        image.width(),
        image.height(),
        ExtendedColorType::Rgb8,
    )?;
    Ok(Shown { bytes, kind: Kind::Jpeg })
}

/// Photographs that are cut out grow large as a PNG: as much smaller as it takes.
fn png(image: &DynamicImage) -> Result<Vec<u8>, ImageError> {
    let encoded = |image: &DynamicImage| -> Result<Vec<u8>, ImageError> {
        let (width, height) = (image.width(), image.height());
        let mut bytes = Vec::new();
        PngEncoder::new(&mut bytes).write_image(&image.to_rgba8(), width, height, ExtendedColorType::Rgba8)?;
        Ok(bytes)
    };
    let mut bytes = encoded(image)?;
    let mut side = image.width().max(image.height());
    while bytes.len() > PNG_BYTES_MAX && side > SIDE_MIN {
        // Bytes grow with the square of a side, about; the last step is never a small one.
        let part = (PNG_BYTES_MAX as f64 / bytes.len() as f64).sqrt().min(0.9);
        side = ((f64::from(side) * part) as u32).max(SIDE_MIN);
        bytes = encoded(&image.resize(side, side, FilterType::Lanczos3))?;
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
