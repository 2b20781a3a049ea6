//! What Rust draws with the pixman crate is what the compositor shows.

use pixman::{Color, FormatCode, Image, Operation, Rectangle16};
use rust_tests::{Frame, ReleasePolicy, Session};

const COOKIE: std::ffi::c_ulong = 1;

fn rectangle(x: usize, y: usize, width: usize, height: usize) -> Rectangle16 {
    let (x, y) = (i16::try_from(x).unwrap(), i16::try_from(y).unwrap());
    Rectangle16 { x, y, width: u16::try_from(width).unwrap(), height: u16::try_from(height).unwrap() }
}

/// Something with edges: a ground, a frame around it, and a half transparent bar.
fn paint(image: &mut Image<'_, 'static>, seed: u16) {
    let (width, height) = (image.width(), image.height());
    let ground = Color::new(seed.wrapping_mul(7919), 0x4000, 0x8000, 0xffff);
    let edge = Color::new(0xffff, seed.wrapping_mul(104), 0, 0xffff);
    let glass = Color::new(0, 0, 0x7fff, 0x7fff);
    image.fill_rectangles(Operation::Src, ground, &[rectangle(0, 0, width, height)]).unwrap();
    let edges = [rectangle(0, 0, width, 1), rectangle(0, height - 1, width, 1), rectangle(0, 0, 1, height)];
    image.fill_rectangles(Operation::Src, edge, &edges).unwrap();
    image.fill_rectangles(Operation::Over, glass, &[rectangle(0, height / 3, width, height / 3 + 1)]).unwrap();
}

/// The same picture in memory that millpond has nothing to do with.
fn painted_elsewhere(width: usize, height: usize, seed: u16) -> Frame {
    let mut pixels = vec![0; width * height];
    paint(
        &mut Image::from_slice_mut(FormatCode::A8R8G8B8, width, height, &mut pixels, width * 4, false).unwrap(),
        seed,
    );
    Frame { width, height, pixels }
}

#[test]
fn the_compositor_sees_what_was_drawn() {
    let session = Session::start(ReleasePolicy::OnReplace, 0);
    let mut seed = 0;
    for (width, height) in [(1, 1), (7, 3), (640, 480), (1920, 1080), (33, 2000)] {
        for is_scrollable in [false, true] {
            for _ in 0..5 {
                seed += 1;
                let mut buffer = session.get(width, height, COOKIE, is_scrollable, 1).unwrap();
                paint(&mut buffer.canvas(), seed);
                session.show(&mut buffer);
                let wanted = painted_elsewhere(width.unsigned_abs() as usize, height.unsigned_abs() as usize, seed);
                assert!(session.frame() == wanted, "{width}x{height}, frame {seed}: other pixels than were drawn");
            }
        }
    }
    session.finish();
}

#[test]
fn every_image_of_the_library_lies_over_the_same_pixels() {
    const IMAGES: usize = 4;
    const SIDE: usize = 64;
    let session = Session::start(ReleasePolicy::OnReplace, 0);
    let mut buffer = session.get(SIDE as i32, SIDE as i32, COOKIE, true, IMAGES).unwrap();
    let mut wanted = Frame { width: SIDE, height: SIDE, pixels: Vec::new() };
    for index in 0..IMAGES {
        let mut image = buffer.image(index);
        assert_eq!((image.width(), image.height(), image.stride()), (SIDE, SIDE, SIDE * 4));
        assert!(matches!(image.format(), FormatCode::A8R8G8B8));
        let rows = SIDE / IMAGES;
        let color = Color::new(0, 0, u16::try_from(index * 0x1111).unwrap(), 0xffff);
        image.fill_rectangles(Operation::Src, color, &[rectangle(0, index * rows, SIDE, rows)]).unwrap();
        wanted.pixels.extend(std::iter::repeat_n(0xff00_0000 | u32::try_from(index * 0x11).unwrap(), SIDE * rows));
    }
    session.show(&mut buffer);
    assert!(session.frame() == wanted, "the images have drawn elsewhere");
    session.finish();
}

#[test]
fn a_new_buffer_is_empty_also_where_others_were() {
    let session = Session::start(ReleasePolicy::AtOnce, 0);
    // Another buffer stays, and the memory that they share with it.
    let _other = session.get(8, 8, COOKIE + 1, false, 1).unwrap();
    for round in 0..20_u16 {
        let mut buffer = session.get(300, 200, COOKIE, round % 2 == 0, 1).unwrap();
        assert!(buffer.pixels().iter().all(|pixel| *pixel == 0), "round {round}: old pixels in a new buffer");
        assert!(buffer.age() >= 2, "round {round}: nothing in a new buffer is current");
        assert!(buffer.is_without_damage());
        paint(&mut buffer.canvas(), round + 1);
        buffer.add_damage(0, 0, 300, 200);
        assert!(!buffer.is_without_damage());
        session.show(&mut buffer);
        session.purge(COOKIE);
        session.pump();
        assert_eq!(session.counts().buffers_live, 1, "round {round}: purged, and not held");
    }
    session.finish();
}

#[test]
fn two_buffers_do_for_a_window() {
    for is_scrollable in [false, true] {
        let session = Session::start(ReleasePolicy::OnReplace, 0);
        let mut seen = std::collections::BTreeSet::new();
        let mut made = 0;
        for frame in 0..100_u16 {
            let mut buffer = session.get(400, 300, COOKIE, is_scrollable, 1).unwrap();
            assert!(buffer.is_without_damage(), "frame {frame}");
            seen.insert(buffer.identity());
            paint(&mut buffer.canvas(), frame);
            buffer.add_damage(0, 0, 1, 1);
            session.show(&mut buffer);
            if frame == 10 {
                made = session.counts().buffers_made;
            }
        }
        assert_eq!(seen.len(), 2, "one at the compositor, one to draw in");
        assert_eq!(session.counts().buffers_made, made, "nothing new once it runs");
        session.finish();
    }
}
