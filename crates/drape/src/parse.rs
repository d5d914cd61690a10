//! `drape parse`: labels every pixel.

use std::time::Instant;

use drape_core::photo::{Format, Photo};
use drape_retouch::{Engine, Label, Parse};
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::json;

use crate::arguments::ParseArgs;
use crate::failure::Failure;
use crate::files::{self, Target};
use crate::lang::Lang;
use crate::terminal;

pub(crate) fn run(args: &ParseArgs, lang: Option<Lang>) -> Result<(), Failure> {
    let language = terminal::language(lang, None);
    if files::format(&args.out, language)? != Format::Png {
        let name = args.out.display();
        return Err(Failure::input(language.pick(
            format!("{name}: 라벨은 PNG로만 저장해요. 이름을 .png로 끝내 주세요."),
            format!("{name}: labels are written as PNG only. Choose a name that ends in .png."),
        )));
    }
    let inputs = [args.photo.as_path()];
    let out = Target::check(&args.out, &inputs, language)?;
    let overlay = match &args.overlay {
        Some(path) => Some((Target::check(path, &inputs, language)?, files::format(path, language)?)),
        None => None,
    };
    let json = args.json.as_ref().map(|p| Target::check(p, &inputs, language)).transpose()?;
    let start = Instant::now();
    let photo = files::photo(&args.photo, language)?;
    let decoded = start.elapsed();
    let engine = Engine::load().map_err(|e| Failure::internal(format!("{} ({e})", e.message(language))))?;
    let loaded = start.elapsed();
    let parse =
        engine.parse(&photo).map_err(|e| Failure::internal(format!("{} ({e})", e.message(language))))?;

    let mut png = std::io::Cursor::new(Vec::new());
    DynamicImage::ImageLuma8(parse.labels.clone())
        .write_to(&mut png, ImageFormat::Png)
        .map_err(|e| Failure::internal(format!("labels.png: {e}")))?;
    out.write(png.get_ref())?;
    if let Some((target, format)) = overlay {
        let picture = Photo { pixels: draw(&photo, &parse), icc: photo.icc.clone() };
        let bytes = picture.encode(format).map_err(|e| Failure::internal(format!("overlay: {e}")))?;
        target.write(&bytes)?;
    }
    if let Some(target) = json {
        let labels: Vec<_> = Label::ALL
            .iter()
            .map(|l| {
                json!({
                    "id": *l as u8, "name": l.id(),
                    "share": parse.shares[*l], "confidence": parse.confidence[*l],
                })
            })
            .collect();
        let person = (parse.person_share() > 0.0).then_some(parse.person);
        let report = json!({
            "engine": drape_retouch::ENGINE,
            "version": env!("CARGO_PKG_VERSION"),
            "width": photo.pixels.width(), "height": photo.pixels.height(),
            "labels": labels,
            "person": person,
            "other_people": parse.others,
            "keypoints": parse.keypoints,
            "milliseconds": {
                "decode": decoded.as_secs_f32() * 1000.0,
                "load": (loaded - decoded).as_secs_f32() * 1000.0,
                "parse": parse.stages,
            },
        });
        target.write(format!("{report:#}\n").as_bytes())?;
    }
    let found: Vec<String> = Label::ALL[1..]
        .iter()
        .filter(|l| parse.shares[**l] > 0.002)
        .map(|l| format!("{} {:.1} %", l.id(), parse.shares[*l] * 100.0))
        .collect();
    let found = if found.is_empty() {
        language.pick("사람을 찾지 못했어요", "no person found").to_owned()
    } else {
        found.join(", ")
    };
    let seconds = start.elapsed().as_secs_f32();
    terminal::say(&format!("{}: {found} · {seconds:.2} s", args.out.display()));
    Ok(())
}

/// The photo with the labels' colours over it and crosses at the joints.
fn draw(photo: &Photo, parse: &Parse) -> RgbImage {
    let mut out = photo.pixels.clone();
    for (pixel, label) in out.pixels_mut().zip(parse.labels.pixels()) {
        let Some(label) = Label::ALL.get(usize::from(label.0[0])).filter(|l| **l != Label::Background) else {
            continue;
        };
        let colour = label.overlay();
        for (v, c) in pixel.0.iter_mut().zip(colour) {
            *v = ((u16::from(*v) + u16::from(c)) / 2) as u8;
        }
    }
    let reach = (out.height() / 120).max(3) as i64;
    for k in parse.keypoints.iter().filter(|k| k.is_seen()) {
        for d in -reach..=reach {
            for (dx, dy) in [(d, 0), (0, d), (d, 1), (1, d)] {
                let (x, y) = (k.x as i64 + dx, k.y as i64 + dy);
                if x >= 0 && y >= 0 && x < i64::from(out.width()) && y < i64::from(out.height()) {
                    out.put_pixel(x as u32, y as u32, image::Rgb([255, 255, 255]));
                }
            }
        }
    }
    out
}
