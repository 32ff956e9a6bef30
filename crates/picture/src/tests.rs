use image::{ImageBuffer, Rgb, RgbImage, Rgba, RgbaImage};

use super::*;

fn file(image: impl Into<DynamicImage>, kind: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image.into().write_to(&mut bytes, kind).expect("encoded");
    bytes.into_inner()
}

/// Red on the left, blue on the right.
fn two_sides(width: u32, height: u32) -> RgbImage {
    ImageBuffer::from_fn(width, height, |x, _| if x < width / 2 { Rgb([250, 0, 0]) } else { Rgb([0, 0, 250]) })
}

fn decoded(shown: &Shown) -> DynamicImage {
    image::load_from_memory(&shown.bytes).expect("a picture")
}

/// A JPEG with EXIF in it that says how the camera was held, and where it was.
fn photograph(orientation: u8) -> Vec<u8> {
    let jpeg = file(two_sides(64, 32), ImageFormat::Jpeg);
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"SECRET PLACE");
    let length = u16::try_from(exif.len() + 2).expect("short").to_be_bytes();
    [&jpeg[..2], &[0xff, 0xe1], &length, &exif, &jpeg[2..]].concat()
}

#[test]
fn a_picture_is_turned_as_its_camera_was_held_and_nothing_else_of_the_file_is_kept() {
    let file = photograph(6); // its top is on the right
    assert!(file.windows(6).any(|part| part == b"SECRET"));
    let shown = shown(&file).expect("taken");
    assert!(
        !shown.bytes.windows(6).any(|part| part == b"SECRET") && !shown.bytes.windows(4).any(|part| part == b"Exif")
    );
    let image = decoded(&shown).to_rgb8();
    assert_eq!(image.dimensions(), (32, 64));
    let (top, bottom) = (image.get_pixel(16, 4), image.get_pixel(16, 60));
    assert!(top.0[0] > 200 && bottom.0[2] > 200, "{top:?} {bottom:?}");
    assert_eq!(decoded(&super::shown(&photograph(1)).expect("taken")).to_rgb8().dimensions(), (64, 32));
}

#[test]
fn a_large_picture_is_made_small_and_a_small_one_is_not_made_large() {
    for (size, becomes) in [((4_000, 1_000), (1_600, 400)), ((2_000, 1_000), (1_600, 800)), ((40, 30), (40, 30))] {
        let file = file(two_sides(size.0, size.1), ImageFormat::Jpeg);
        let shown = shown(&file).expect("taken");
        assert_eq!((decoded(&shown).width(), decoded(&shown).height()), becomes);
        assert_eq!(shown.kind, Kind::Jpeg);
    }
}

#[test]
fn what_is_transparent_stays_so_and_what_is_not_is_a_jpeg() {
    let half: RgbaImage = ImageBuffer::from_fn(8, 8, |x, _| Rgba([0, 200, 0, if x < 4 { 0 } else { 255 }]));
    for kind in [ImageFormat::Png, ImageFormat::WebP] {
        let shown = shown(&file(half.clone(), kind)).expect("taken");
        assert_eq!(shown.kind, Kind::Png);
        assert_eq!(decoded(&shown).to_rgba8().get_pixel(0, 0).0[3], 0);
    }
    let opaque: RgbaImage = ImageBuffer::from_pixel(8, 8, Rgba([0, 200, 0, 255]));
    assert_eq!(shown(&file(opaque, ImageFormat::Png)).expect("taken").kind, Kind::Jpeg);
}

#[test]
fn what_is_no_picture_or_too_large_or_damaged_is_refused() {
    for other in
        [&b""[..], b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"GIF89a\x01\0\x01\0", b"%PDF-1.7", b"BM", b"II*\0"]
    {
        assert_eq!(shown(other).err(), Some(Refused::OtherKind));
    }
    // A head that promises more than there could be: refused before anything is made room for.
    let mut bomb = file(two_sides(4, 4), ImageFormat::Png);
    bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
    let crc = crc32(&bomb[12..29]);
    bomb[29..33].copy_from_slice(&crc.to_be_bytes());
    assert_eq!(shown(&bomb).err(), Some(Refused::TooManyPixels { width: 65_535, height: 65_535 }));
    let whole = file(two_sides(64, 64), ImageFormat::Png);
    assert!(matches!(shown(&whole[..whole.len() / 2]), Err(Refused::Unreadable(_))));
}

#[test]
fn a_png_of_too_many_chunks_is_refused_before_it_is_read() {
    let whole = file(two_sides(4, 4), ImageFormat::Png);
    let (head, rest) = whole.split_at(33);
    let empty = [&0u32.to_be_bytes()[..], b"IDAT", &crc32(b"IDAT").to_be_bytes()].concat();
    assert_eq!(shown(&[head, &empty.repeat(20_000), rest].concat()).err(), Some(Refused::TooManyChunks));
}

#[test]
fn nobody_waits_for_a_picture_since_a_pixel_of_it_is_not_quite_opaque_or_it_is_cut_out() {
    // Nothing that could be packed.
    let noise = |x: u32, y: u32| (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503).rotate_left(7)).to_le_bytes();
    let of = |alpha: u8| {
        let pixel = |x, y| {
            let [red, green, blue, _] = noise(x * y + x, y);
            Rgba([red, green, blue, if x == 0 { alpha } else { 255 }])
        };
        let image: RgbaImage = ImageBuffer::from_fn(1_000, 800, pixel);
        shown(&file(image, ImageFormat::Png)).expect("taken")
    };
    assert_eq!(of(254).kind, Kind::Jpeg);
    let cut_out = of(0);
    assert_eq!(cut_out.kind, Kind::Png);
    assert!(cut_out.bytes.len() <= PNG_BYTES_MAX, "{} bytes", cut_out.bytes.len());
    let (width, height) = (decoded(&cut_out).width(), decoded(&cut_out).height());
    assert!(width >= SIDE_MIN && width * 4 / 5 == height, "{width} x {height}");
}

/// Of a chunk of a PNG.
fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
