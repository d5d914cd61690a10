//! The tile of every pattern, on a transparent ground.

use drape_core::style::Pattern;

use crate::tile::Tile;
use crate::tones::Tones;

/// The colours of a pattern, each as `#rrggbb`.
#[derive(Clone, Copy)]
struct Colours<'a> {
    /// The main colour of the pattern.
    a: &'a str,
    /// Its second colour.
    b: &'a str,
    /// The cloth under the pattern.
    ground: &'a str,
}

/// The tile of a garment's pattern in its tones; `None` for plain cloth.
pub(crate) fn pattern(tones: &Tones) -> Option<Tile> {
    let colours = Colours { a: &tones.second, b: &tones.third, ground: &tones.ground };
    let draw = match tones.pattern? {
        Pattern::Solid => return None,
        Pattern::VerticalStripes => vertical_stripes,
        Pattern::HorizontalStripes => horizontal_stripes,
        Pattern::Pinstripes => pinstripes,
        Pattern::DiagonalStripes => diagonal_stripes,
        Pattern::Check => check,
        Pattern::Tartan => tartan,
        Pattern::Gingham => gingham,
        Pattern::Houndstooth => houndstooth,
        Pattern::GlenCheck => glen_check,
        Pattern::Argyle => argyle,
        Pattern::PolkaDot => polka_dot,
        Pattern::Floral => floral,
        Pattern::Paisley => paisley,
        Pattern::Animal => animal,
        Pattern::Camouflage => camouflage,
        Pattern::ColourBlock => colour_block,
        Pattern::DenimWash => denim_wash,
        Pattern::TieDye => tie_dye,
        Pattern::Graphic => graphic,
        Pattern::Geometric => geometric,
        Pattern::Herringbone => herringbone,
    };
    Some(draw(colours))
}

fn vertical_stripes(Colours { a, .. }: Colours<'_>) -> Tile {
    Tile::new(22.0, 22.0, rect(6.0, 0.0, 9.0, 22.0, a, 0.95))
}

fn horizontal_stripes(Colours { a, .. }: Colours<'_>) -> Tile {
    Tile::new(26.0, 26.0, rect(0.0, 8.0, 26.0, 11.0, a, 0.97))
}

fn pinstripes(Colours { a, .. }: Colours<'_>) -> Tile {
    Tile::new(13.0, 13.0, rect(6.0, 0.0, 1.1, 13.0, a, 0.6))
}

fn diagonal_stripes(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let content = rect(0.0, 0.0, 11.0, 30.0, a, 0.95) + &rect(14.0, 0.0, 2.5, 30.0, b, 0.9);
    Tile::new(30.0, 30.0, content).turned(40.0)
}

fn check(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let content = rect(6.0, 0.0, 12.0, 44.0, a, 0.5)
        + &rect(0.0, 6.0, 44.0, 12.0, a, 0.5)
        + &rect(31.0, 0.0, 2.0, 44.0, b, 0.7)
        + &rect(0.0, 31.0, 44.0, 2.0, b, 0.7);
    Tile::new(44.0, 44.0, content)
}

fn tartan(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let content = rect(4.0, 0.0, 18.0, 56.0, b, 0.55)
        + &rect(0.0, 4.0, 56.0, 18.0, b, 0.55)
        + &rect(28.0, 0.0, 4.0, 56.0, "#141618", 0.5)
        + &rect(0.0, 28.0, 56.0, 4.0, "#141618", 0.5)
        + &rect(42.0, 0.0, 2.2, 56.0, a, 0.9)
        + &rect(0.0, 42.0, 56.0, 2.2, a, 0.9)
        + &rect(12.0, 0.0, 1.4, 56.0, a, 0.7)
        + &rect(0.0, 12.0, 56.0, 1.4, a, 0.7);
    Tile::new(56.0, 56.0, content)
}

fn gingham(Colours { a, .. }: Colours<'_>) -> Tile {
    Tile::new(20.0, 20.0, rect(0.0, 0.0, 10.0, 20.0, a, 0.55) + &rect(0.0, 0.0, 20.0, 10.0, a, 0.55))
}

fn houndstooth(Colours { a, .. }: Colours<'_>) -> Tile {
    let tooth = "M0 0L10 0L10 5L15 0L20 0L20 5L15 10L20 10L20 15L10 15L10 20L5 20L10 15L10 10L0 10Z";
    Tile::new(20.0, 20.0, path(tooth, a))
}

fn glen_check(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let mut content = String::new();
    for k in 0..5_u8 {
        let at = f32::from(k) * 4.0 + 1.0;
        content += &rect(at, 0.0, 1.6, 48.0, a, 0.42);
        content += &rect(0.0, at, 48.0, 1.6, a, 0.42);
    }
    content += &rect(33.0, 0.0, 1.2, 48.0, b, 0.6);
    content += &rect(0.0, 33.0, 48.0, 1.2, b, 0.6);
    Tile::new(48.0, 48.0, content)
}

fn argyle(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let dashes = r#"stroke-width="1.3" stroke-dasharray="5 3" fill="none""#;
    let lines = format!(r#"<path d="M0 0L44 64M44 0L0 64" stroke="{b}" {dashes}/>"#);
    Tile::new(44.0, 64.0, path("M22 0L44 32L22 64L0 32Z", a) + &lines)
}

fn polka_dot(Colours { a, .. }: Colours<'_>) -> Tile {
    Tile::new(26.0, 26.0, dot(6.5, 6.5, 4.2, a) + &dot(19.5, 19.5, 4.2, a))
}

fn floral(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let content = leaf(16.0, 20.0, 11.0, 10.0)
        + &leaf(16.0, 16.0, -11.0, 7.0)
        + &leaf(46.0, 44.0, -12.0, 5.0)
        + &leaf(46.0, 42.0, 9.0, -9.0)
        + &flower(16.0, 15.0, 6.0, a)
        + &flower(46.0, 42.0, 6.6, a)
        + &flower(43.0, 10.0, 3.4, b)
        + &flower(14.0, 45.0, 3.6, b);
    Tile::new(62.0, 58.0, content)
}

/// Five petals around a yellow centre.
fn flower(x: f32, y: f32, r: f32, fill: &str) -> String {
    let petals: String = [(0.0, -1.0), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31)]
        .iter()
        .map(|(dx, dy)| dot(x + dx * r, y + dy * r, r * 0.72, fill))
        .collect();
    petals + &dot(x, y, r * 0.5, "#f0c65a")
}

/// A leaf from `(x, y)` to `(x + dx, y + dy)`.
fn leaf(x: f32, y: f32, dx: f32, dy: f32) -> String {
    let (mx, my) = (x + dx * 0.5, y + dy * 0.5);
    let d = format!(
        "M{x} {y}Q{} {} {} {}Q{} {} {x} {y}Z",
        mx - dy * 0.4,
        my + dx * 0.4,
        x + dx,
        y + dy,
        mx + dy * 0.4,
        my - dx * 0.4
    );
    path(&d, "#6f8a5e")
}

fn paisley(Colours { a, b, ground }: Colours<'_>) -> Tile {
    let drop = "M16 6C27 6 31 17 25 25C20 32 9 31 8 23C7 17 13 15 16 18C10 12 9 6 16 6Z";
    let curl = "M17 10C24 11 26 18 22 23C18 27 12 26 11 23";
    let inside = path(drop, a)
        + &format!(r#"<path d="{curl}" fill="none" stroke="{b}" stroke-width="1.6"/>"#)
        + &dot(18.0, 19.0, 2.4, ground);
    let one = |at: &str| format!(r#"<g transform="{at}">{inside}</g>"#);
    let content = one("translate(-2 -2)")
        + &one("translate(58 64) rotate(180)")
        + &dot(42.0, 12.0, 2.2, a)
        + &dot(14.0, 46.0, 2.2, a);
    Tile::new(56.0, 60.0, content)
}

/// A leopard's spots.
fn animal(Colours { a, .. }: Colours<'_>) -> Tile {
    let inside = path("M-7 0C-9 -6 -2 -8 2 -7L1 -4C-3 -5 -5 -3 -4 0Z", a)
        + &path("M3 -6C9 -5 9 2 6 4L4 2C6 0 5 -3 3 -4Z", a)
        + &path("M-6 3C-3 8 3 7 4 5L2 3C0 5 -3 4 -4 2Z", a)
        + &format!(r#"<circle r="3.2" fill="{a}" fill-opacity="0.28"/>"#);
    let spot = |x: f32, y: f32, turn: f32, k: f32| {
        format!(r#"<g transform="translate({x} {y}) rotate({turn}) scale({k})">{inside}</g>"#)
    };
    let content = spot(12.0, 12.0, 10.0, 0.95)
        + &spot(38.0, 10.0, 95.0, 0.8)
        + &spot(26.0, 27.0, 200.0, 0.85)
        + &spot(10.0, 38.0, 300.0, 0.8)
        + &spot(41.0, 39.0, 40.0, 1.0);
    Tile::new(52.0, 50.0, content)
}

fn camouflage(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let content = path("M4 8C16 -2 34 4 40 14C46 24 30 30 20 26C8 24 -4 18 4 8Z", a)
        + &path("M52 36C66 28 86 36 84 50C80 62 64 56 56 62C44 66 40 44 52 36Z", a)
        + &path("M56 4C66 0 80 6 78 16C74 24 62 20 56 22C46 22 46 8 56 4Z", b)
        + &path("M8 46C20 38 30 46 32 56C32 68 18 74 10 66C0 62 0 52 8 46Z", b)
        + &path("M34 30C42 26 50 30 46 38C42 44 32 42 30 38Z", "#24261c")
        + &path("M66 66C74 62 86 66 82 74C76 80 64 78 62 74Z", "#24261c");
    Tile::new(90.0, 80.0, content)
}

fn colour_block(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let content = rect(0.0, 150.0, 400.0, 72.0, a, 1.0) + &rect(0.0, 222.0, 400.0, 740.0, b, 1.0);
    Tile::new(400.0, 960.0, content)
}

fn denim_wash(Colours { a, .. }: Colours<'_>) -> Tile {
    let worn = |cx: u16, cy: u16, rx: u16, ry: u16, opacity: &str| {
        format!(r#"<ellipse cx="{cx}" cy="{cy}" rx="{rx}" ry="{ry}" fill-opacity="{opacity}"/>"#)
    };
    let places = worn(150, 190, 26, 110, "0.20")
        + &worn(150, 180, 15, 80, "0.26")
        + &worn(250, 190, 26, 110, "0.20")
        + &worn(250, 180, 15, 80, "0.26")
        + &worn(152, 370, 22, 60, "0.14")
        + &worn(248, 370, 22, 60, "0.14");
    Tile::new(400.0, 480.0, format!(r#"<g fill="{a}">{places}</g>"#))
}

/// Arms of a spiral, wider outwards, in two colours.
fn tie_dye(Colours { a, b, .. }: Colours<'_>) -> Tile {
    let arm = "M200 210Q226 172 272 178Q330 184 372 130Q420 110 470 120L480 190Q400 176 362 196\
        Q306 232 262 206Q232 190 200 210Z";
    let mut content = String::new();
    for k in 0..16_u8 {
        let fill = if k % 2 == 0 { a } else { b };
        let opacity = [0.75, 0.5, 0.6, 0.4][usize::from(k % 4)];
        let turn = f32::from(k) * 22.5;
        let paint = format!(r#"fill="{fill}" fill-opacity="{opacity}""#);
        content += &format!(r#"<path transform="rotate({turn} 200 210)" d="{arm}" {paint}/>"#);
    }
    Tile::new(400.0, 480.0, content)
}

/// A picture on the chest with two lines below it.
fn graphic(Colours { a, b, ground }: Colours<'_>) -> Tile {
    let content = dot(200.0, 196.0, 37.0, a)
        + &path("M166 212Q183 186 200 205Q216 184 234 211A37 37 0 0 1 166 212Z", b)
        + &format!(r#"<circle cx="214" cy="180" r="8" fill="{ground}" fill-opacity="0.75"/>"#)
        + &format!(r#"<rect x="160" y="243" width="80" height="6" rx="3" fill="{a}"/>"#)
        + &format!(r#"<rect x="174" y="255" width="52" height="5" rx="2.5" fill="{b}"/>"#);
    Tile::new(400.0, 600.0, content)
}

fn geometric(Colours { a, b, ground }: Colours<'_>) -> Tile {
    let content = path("M20 2L38 20L20 38L2 20Z", a)
        + &path("M20 11L29 20L20 29L11 20Z", ground)
        + &dot(0.0, 0.0, 4.0, b)
        + &dot(40.0, 0.0, 4.0, b)
        + &dot(0.0, 40.0, 4.0, b)
        + &dot(40.0, 40.0, 4.0, b)
        + &dot(20.0, 20.0, 3.0, b);
    Tile::new(40.0, 40.0, content)
}

fn herringbone(Colours { a, .. }: Colours<'_>) -> Tile {
    let bones = "M0 -2L8 6M0 2L8 10M0 6L8 14M0 -6L8 2M16 -2L8 6M16 2L8 10M16 6L8 14M16 -6L8 2";
    let thread = r#"stroke-opacity="0.75" stroke-width="1.5" fill="none""#;
    let content = format!(r#"<path d="{bones}" stroke="{a}" {thread}/>"#);
    Tile::new(16.0, 8.0, content)
}

fn rect(x: f32, y: f32, width: f32, height: f32, fill: &str, opacity: f32) -> String {
    format!(
        r#"<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{fill}" fill-opacity="{opacity}"/>"#
    )
}

fn dot(x: f32, y: f32, r: f32, fill: &str) -> String {
    format!(r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"/>"#)
}

fn path(d: &str, fill: &str) -> String {
    format!(r#"<path d="{d}" fill="{fill}"/>"#)
}
