//! `cargo xtask bench fuzz`: damaged pictures for the decoder, random text for the reader.
//!
//! Inputs are mutations of good ones (bits flipped, bytes cut, repeated, swapped) with a fixed seed, so that
//! a finding can be reproduced. A panic is a finding.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use drape_core::lexicon;
use drape_core::photo::{Format, Photo};
use drape_core::sentence::Sentence;
use image::RgbImage;

/// The "xorshift64*" generator (Vigna 2016).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 33) as usize % n.max(1)
    }
}

pub(crate) fn run(seconds: u64) -> Result<(), String> {
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let result = decoder(seconds).and_then(|()| reader(seconds));
    std::panic::set_hook(quiet);
    result
}

fn decoder(seconds: u64) -> Result<(), String> {
    let pixels =
        RgbImage::from_fn(160, 120, |x, y| image::Rgb([(x * 3) as u8, (y * 5) as u8, (x ^ y) as u8]));
    let photo = Photo { pixels, icc: None };
    let good: Vec<Vec<u8>> = [Format::Png, Format::Jpeg, Format::WebP]
        .into_iter()
        .map(|f| photo.encode(f).map_err(|e| e.to_string()))
        .collect::<Result<_, _>>()?;
    hunt(
        "decoder",
        seconds,
        |chance| {
            let mut bytes = good[chance.below(good.len())].clone();
            for _ in 0..=chance.below(6) {
                if bytes.is_empty() {
                    break;
                }
                let at = chance.below(bytes.len());
                match chance.below(6) {
                    0 => bytes[at] ^= 1 << chance.below(8),
                    1 => bytes[at] = chance.next() as u8,
                    2 => bytes.truncate(at),
                    3 => {
                        let to = (at + chance.below(64)).min(bytes.len());
                        let piece = bytes[at..to].to_vec();
                        bytes.splice(at..at, piece);
                    }
                    4 => {
                        let to = (at + chance.below(16)).min(bytes.len());
                        bytes.drain(at..to);
                    }
                    // Headers hold the sizes and lengths that decoders trust.
                    _ => {
                        let at = chance.below(bytes.len().min(64));
                        bytes[at] = [0, 1, 127, 128, 255][chance.below(5)];
                    }
                }
            }
            bytes
        },
        |bytes| drop(Photo::decode(bytes)),
    )
}

fn reader(seconds: u64) -> Result<(), String> {
    const WORDS: [&str; 32] = [
        "navy",
        "더블",
        "정장",
        "흰",
        "블라우스에",
        "check",
        "체크무늬",
        "skirt",
        "치마",
        "without",
        "없이",
        "and",
        ",",
        "-",
        "연청",
        "light",
        "blue",
        "바탕에",
        "stripes",
        "y2k",
        "🙂",
        "\u{202e}",
        "\u{0}",
        "ᄒ",
        "가죽재킷",
        "LEATHER",
        "double-breasted",
        "’",
        "ß",
        "İ",
        "keep",
        "그대로",
    ];
    hunt(
        "reader",
        seconds,
        |chance| {
            let mut text = String::new();
            for _ in 0..chance.below(40) {
                match chance.below(4) {
                    0 => text.push(char::from_u32(chance.next() as u32 % 0x11_0000).unwrap_or('x')),
                    _ => text.push_str(WORDS[chance.below(WORDS.len())]),
                }
                if chance.below(3) > 0 {
                    text.push(' ');
                }
            }
            text.into_bytes()
        },
        |bytes| {
            if let Ok(sentence) = Sentence::parse(&String::from_utf8_lossy(bytes)) {
                let style = lexicon::read(&sentence);
                drop((style.to_line(), style.describe(style.language)));
            }
        },
    )
}

fn hunt(
    what: &str,
    seconds: u64,
    mut make: impl FnMut(&mut Chance) -> Vec<u8>,
    run: impl Fn(&[u8]),
) -> Result<(), String> {
    let mut chance = Chance(0x5eed_d4a9);
    let (start, mut n, mut slowest) = (Instant::now(), 0_u64, Duration::ZERO);
    while start.elapsed() < Duration::from_secs(seconds) {
        let input = make(&mut chance);
        let before = Instant::now();
        if catch_unwind(AssertUnwindSafe(|| run(&input))).is_err() {
            let path = std::env::temp_dir().join(format!("drape-fuzz-{what}-{n}"));
            std::fs::write(&path, &input).map_err(|e| e.to_string())?;
            return Err(format!("{what}: a panic at input {n}, kept as {}", path.display()));
        }
        slowest = slowest.max(before.elapsed());
        n += 1;
    }
    println!(
        "{what}: {n} inputs in {seconds} s, no finding; slowest {:.1} ms",
        slowest.as_secs_f32() * 1000.0
    );
    Ok(())
}
