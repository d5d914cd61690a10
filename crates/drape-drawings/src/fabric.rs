//! Cloth as SVG paint: the tile of every pattern, and the weave, ribs or gloss of every material.

use drape_core::style::{Material, Pattern};

use super::tones::Tones;

/// A tile of a pattern: width, height, turned by degrees, and what is on it.
pub(super) struct Tile {
    pub(super) size: (f32, f32),
    pub(super) turn: f32,
    pub(super) content: String,
}

impl Tile {
    fn new(width: f32, height: f32, content: String) -> Self {
        Self { size: (width, height), turn: 0.0, content }
    }

    fn turned(self, turn: f32) -> Self {
        Self { turn, ..self }
    }
}

/// The tile of a pattern in the tones of a garment, on a transparent ground; none for plain cloth.
pub(super) fn pattern(tones: &Tones) -> Option<Tile> {
    let (a, b, ground) = (&tones.second, &tones.third, &tones.ground);
    let rect = |x: f32, y: f32, w: f32, h: f32, fill: &str, opacity: f32| {
        format!(r#"<rect x="{x}" y="{y}" width="{w}" height="{h}" fill="{fill}" fill-opacity="{opacity}"/>"#)
    };
    let dot =
        |x: f32, y: f32, r: f32, fill: &str| format!(r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{fill}"/>"#);
    let path = |d: &str, fill: &str| format!(r#"<path d="{d}" fill="{fill}"/>"#);
    Some(match tones.pattern? {
        Pattern::Solid => return None,
        Pattern::VerticalStripes => Tile::new(22.0, 22.0, rect(6.0, 0.0, 9.0, 22.0, a, 0.95)),
        Pattern::HorizontalStripes => Tile::new(26.0, 26.0, rect(0.0, 8.0, 26.0, 11.0, a, 0.97)),
        Pattern::Pinstripes => Tile::new(13.0, 13.0, rect(6.0, 0.0, 1.1, 13.0, a, 0.6)),
        Pattern::DiagonalStripes => {
            Tile::new(30.0, 30.0, rect(0.0, 0.0, 11.0, 30.0, a, 0.95) + &rect(14.0, 0.0, 2.5, 30.0, b, 0.9))
                .turned(40.0)
        }
        Pattern::Check => Tile::new(
            44.0,
            44.0,
            rect(6.0, 0.0, 12.0, 44.0, a, 0.5)
                + &rect(0.0, 6.0, 44.0, 12.0, a, 0.5)
                + &rect(31.0, 0.0, 2.0, 44.0, b, 0.7)
                + &rect(0.0, 31.0, 44.0, 2.0, b, 0.7),
        ),
        Pattern::Tartan => Tile::new(
            56.0,
            56.0,
            rect(4.0, 0.0, 18.0, 56.0, b, 0.55)
                + &rect(0.0, 4.0, 56.0, 18.0, b, 0.55)
                + &rect(28.0, 0.0, 4.0, 56.0, "#141618", 0.5)
                + &rect(0.0, 28.0, 56.0, 4.0, "#141618", 0.5)
                + &rect(42.0, 0.0, 2.2, 56.0, a, 0.9)
                + &rect(0.0, 42.0, 56.0, 2.2, a, 0.9)
                + &rect(12.0, 0.0, 1.4, 56.0, a, 0.7)
                + &rect(0.0, 12.0, 56.0, 1.4, a, 0.7),
        ),
        Pattern::Gingham => {
            Tile::new(20.0, 20.0, rect(0.0, 0.0, 10.0, 20.0, a, 0.55) + &rect(0.0, 0.0, 20.0, 10.0, a, 0.55))
        }
        Pattern::Houndstooth => Tile::new(
            20.0,
            20.0,
            path("M0 0L10 0L10 5L15 0L20 0L20 5L15 10L20 10L20 15L10 15L10 20L5 20L10 15L10 10L0 10Z", a),
        ),
        Pattern::GlenCheck => {
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
        Pattern::Argyle => Tile::new(
            44.0,
            64.0,
            path("M22 0L44 32L22 64L0 32Z", a)
                + &format!(
                    r#"<path d="M0 0L44 64M44 0L0 64" stroke="{b}" stroke-width="1.3" stroke-dasharray="5 3" fill="none"/>"#
                ),
        ),
        Pattern::PolkaDot => Tile::new(26.0, 26.0, dot(6.5, 6.5, 4.2, a) + &dot(19.5, 19.5, 4.2, a)),
        Pattern::Floral => {
            let flower = |x: f32, y: f32, r: f32, fill: &str| {
                let petals: String =
                    [(0.0, -1.0), (0.95, -0.31), (0.59, 0.81), (-0.59, 0.81), (-0.95, -0.31)]
                        .iter()
                        .map(|(dx, dy)| dot(x + dx * r, y + dy * r, r * 0.72, fill))
                        .collect();
                petals + &dot(x, y, r * 0.5, "#f0c65a")
            };
            let leaf = |x: f32, y: f32, dx: f32, dy: f32| {
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
            };
            Tile::new(
                62.0,
                58.0,
                leaf(16.0, 20.0, 11.0, 10.0)
                    + &leaf(16.0, 16.0, -11.0, 7.0)
                    + &leaf(46.0, 44.0, -12.0, 5.0)
                    + &leaf(46.0, 42.0, 9.0, -9.0)
                    + &flower(16.0, 15.0, 6.0, a)
                    + &flower(46.0, 42.0, 6.6, a)
                    + &flower(43.0, 10.0, 3.4, b)
                    + &flower(14.0, 45.0, 3.6, b),
            )
        }
        Pattern::Paisley => {
            let drop = "M16 6C27 6 31 17 25 25C20 32 9 31 8 23C7 17 13 15 16 18C10 12 9 6 16 6Z";
            let curl = "M17 10C24 11 26 18 22 23C18 27 12 26 11 23";
            let one = |at: &str| {
                format!(
                    r##"<g transform="{at}"><path d="{drop}" fill="{a}"/><path d="{curl}" fill="none" stroke="{b}" stroke-width="1.6"/><circle cx="18" cy="19" r="2.4" fill="{ground}"/></g>"##
                )
            };
            Tile::new(
                56.0,
                60.0,
                one("translate(-2 -2)")
                    + &one("translate(58 64) rotate(180)")
                    + &dot(42.0, 12.0, 2.2, a)
                    + &dot(14.0, 46.0, 2.2, a),
            )
        }
        Pattern::Animal => {
            let spot = |x: f32, y: f32, turn: f32, k: f32| {
                format!(
                    r#"<g transform="translate({x} {y}) rotate({turn}) scale({k})"><path d="M-7 0C-9 -6 -2 -8 2 -7L1 -4C-3 -5 -5 -3 -4 0Z" fill="{a}"/><path d="M3 -6C9 -5 9 2 6 4L4 2C6 0 5 -3 3 -4Z" fill="{a}"/><path d="M-6 3C-3 8 3 7 4 5L2 3C0 5 -3 4 -4 2Z" fill="{a}"/><circle r="3.2" fill="{a}" fill-opacity="0.28"/></g>"#
                )
            };
            Tile::new(
                52.0,
                50.0,
                spot(12.0, 12.0, 10.0, 0.95)
                    + &spot(38.0, 10.0, 95.0, 0.8)
                    + &spot(26.0, 27.0, 200.0, 0.85)
                    + &spot(10.0, 38.0, 300.0, 0.8)
                    + &spot(41.0, 39.0, 40.0, 1.0),
            )
        }
        Pattern::Camouflage => Tile::new(
            90.0,
            80.0,
            path("M4 8C16 -2 34 4 40 14C46 24 30 30 20 26C8 24 -4 18 4 8Z", a)
                + &path("M52 36C66 28 86 36 84 50C80 62 64 56 56 62C44 66 40 44 52 36Z", a)
                + &path("M56 4C66 0 80 6 78 16C74 24 62 20 56 22C46 22 46 8 56 4Z", b)
                + &path("M8 46C20 38 30 46 32 56C32 68 18 74 10 66C0 62 0 52 8 46Z", b)
                + &path("M34 30C42 26 50 30 46 38C42 44 32 42 30 38Z", "#24261c")
                + &path("M66 66C74 62 86 66 82 74C76 80 64 78 62 74Z", "#24261c"),
        ),
        Pattern::ColourBlock => Tile::new(
            400.0,
            960.0,
            rect(0.0, 150.0, 400.0, 72.0, a, 1.0) + &rect(0.0, 222.0, 400.0, 740.0, b, 1.0),
        ),
        Pattern::DenimWash => Tile::new(
            400.0,
            480.0,
            format!(
                r#"<g fill="{a}"><ellipse cx="150" cy="190" rx="26" ry="110" fill-opacity="0.20"/><ellipse cx="150" cy="180" rx="15" ry="80" fill-opacity="0.26"/><ellipse cx="250" cy="190" rx="26" ry="110" fill-opacity="0.20"/><ellipse cx="250" cy="180" rx="15" ry="80" fill-opacity="0.26"/><ellipse cx="152" cy="370" rx="22" ry="60" fill-opacity="0.14"/><ellipse cx="248" cy="370" rx="22" ry="60" fill-opacity="0.14"/></g>"#
            ),
        ),
        Pattern::TieDye => {
            // Arms of a spiral, wider outwards, in two colours.
            let mut content = String::new();
            for k in 0..16_u8 {
                let fill = if k % 2 == 0 { a } else { b };
                let opacity = [0.75, 0.5, 0.6, 0.4][usize::from(k % 4)];
                let turn = f32::from(k) * 22.5;
                content += &format!(
                    r#"<path transform="rotate({turn} 200 210)" d="M200 210Q226 172 272 178Q330 184 372 130Q420 110 470 120L480 190Q400 176 362 196Q306 232 262 206Q232 190 200 210Z" fill="{fill}" fill-opacity="{opacity}"/>"#
                );
            }
            Tile::new(400.0, 480.0, content)
        }
        Pattern::Graphic => Tile::new(
            400.0,
            600.0,
            format!(
                r#"<circle cx="200" cy="196" r="37" fill="{a}"/><path d="M166 212Q183 186 200 205Q216 184 234 211A37 37 0 0 1 166 212Z" fill="{b}"/><circle cx="214" cy="180" r="8" fill="{ground}" fill-opacity="0.75"/><rect x="160" y="243" width="80" height="6" rx="3" fill="{a}"/><rect x="174" y="255" width="52" height="5" rx="2.5" fill="{b}"/>"#
            ),
        ),
        Pattern::Geometric => Tile::new(
            40.0,
            40.0,
            path("M20 2L38 20L20 38L2 20Z", a)
                + &path("M20 11L29 20L20 29L11 20Z", ground)
                + &dot(0.0, 0.0, 4.0, b)
                + &dot(40.0, 0.0, 4.0, b)
                + &dot(0.0, 40.0, 4.0, b)
                + &dot(40.0, 40.0, 4.0, b)
                + &dot(20.0, 20.0, 3.0, b),
        ),
        Pattern::Herringbone => Tile::new(
            16.0,
            8.0,
            format!(
                r#"<path d="M0 -2L8 6M0 2L8 10M0 6L8 14M0 -6L8 2M16 -2L8 6M16 2L8 10M16 6L8 14M16 -6L8 2" stroke="{a}" stroke-opacity="0.75" stroke-width="1.5" fill="none"/>"#
            ),
        ),
    })
}

/// The weave of a material as a tile of black and white films; none where the eye sees none.
pub(super) fn texture(material: Material) -> Option<Tile> {
    let lines = |w: f32, h: f32, d: &str, colour: &str, opacity: f32, width: f32| {
        Tile::new(
            w,
            h,
            format!(
                r#"<path d="{d}" fill="none" stroke="{colour}" stroke-opacity="{opacity}" stroke-width="{width}"/>"#
            ),
        )
    };
    let specks = |spots: &[(f32, f32, f32, &str, f32)], size: f32| {
        let content: String = spots
            .iter()
            .map(|(x, y, r, c, o)| {
                format!(r#"<circle cx="{x}" cy="{y}" r="{r}" fill="{c}" fill-opacity="{o}"/>"#)
            })
            .collect();
        Tile::new(size, size, content)
    };
    let both = |first: Tile, second: Tile| Tile { content: first.content + &second.content, ..first };
    match material {
        Material::Knit | Material::Mohair => Some(both(
            lines(8.0, 9.0, "M0 0L4 5L8 0M0 9L4 14L8 9M0 -9L4 -4L8 -9", "#000", 0.13, 1.6),
            lines(8.0, 9.0, "M0 2.5L4 7.5L8 2.5M0 -6.5L4 -1.5L8 -6.5", "#fff", 0.13, 1.4),
        )),
        Material::Denim => Some(both(
            lines(5.0, 5.0, "M-1 4L4 -1M1.5 6.5L6.5 1.5", "#fff", 0.16, 1.1),
            lines(5.0, 5.0, "M-1 6L6 -1", "#000", 0.10, 1.0),
        )),
        Material::Corduroy => Some(both(
            lines(7.0, 7.0, "M0.8 0L0.8 7", "#000", 0.24, 1.6),
            lines(7.0, 7.0, "M4 0L4 7", "#fff", 0.14, 2.2),
        )),
        Material::Linen => Some(both(
            lines(9.0, 9.0, "M2 0L2 9M6.5 0L6.5 9M0 5L9 5", "#000", 0.035, 0.8),
            lines(9.0, 9.0, "M4 0L4 9M0 2L9 2M0 7.5L9 7.5", "#fff", 0.09, 0.8),
        )),
        Material::Canvas => Some(both(
            lines(6.0, 6.0, "M0 1.5L6 1.5M0 4.5L6 4.5", "#000", 0.07, 1.0),
            lines(6.0, 6.0, "M1.5 0L1.5 6M4.5 0L4.5 6", "#fff", 0.10, 1.0),
        )),
        Material::Tweed => Some(specks(
            &[
                (3.0, 4.0, 1.2, "#fff", 0.45),
                (11.0, 2.0, 1.0, "#000", 0.35),
                (7.0, 9.0, 1.1, "#fff", 0.30),
                (15.0, 12.0, 1.3, "#fff", 0.42),
                (4.0, 15.0, 1.2, "#000", 0.36),
                (12.0, 16.0, 1.0, "#c79a62", 0.6),
                (17.0, 6.0, 1.0, "#6d7f9b", 0.6),
            ],
            19.0,
        )),
        Material::Wool | Material::Cashmere | Material::Flannel => Some(specks(
            &[
                (2.0, 3.0, 0.7, "#fff", 0.16),
                (8.0, 1.0, 0.7, "#000", 0.13),
                (5.0, 7.0, 0.8, "#000", 0.11),
                (11.0, 9.0, 0.7, "#fff", 0.14),
                (1.0, 11.0, 0.6, "#000", 0.12),
            ],
            13.0,
        )),
        Material::Fleece | Material::Shearling | Material::Fur => Some(both(
            lines(
                16.0,
                14.0,
                "M2 4C2 0 8 0 7 4C6 7 3 6 4 4M10 10C10 6 16 6 15 10C14 13 11 12 12 10M10 2C11 -1 15 0 14 3M1 11C2 8 6 9 5 12",
                "#000",
                0.16,
                1.3,
            ),
            lines(16.0, 14.0, "M3 5C4 1 8 2 7 6M11 11C12 7 16 8 15 12", "#fff", 0.25, 1.2),
        )),
        Material::Leather => Some(specks(
            &[
                (2.0, 2.0, 0.9, "#fff", 0.07),
                (7.0, 5.0, 1.1, "#000", 0.09),
                (4.0, 9.0, 0.9, "#fff", 0.06),
                (10.0, 10.0, 1.0, "#000", 0.07),
            ],
            12.0,
        )),
        Material::Suede => Some(both(
            lines(7.0, 9.0, "M1 1L2 4M4 5L5 8", "#fff", 0.10, 1.3),
            lines(7.0, 9.0, "M4 0L5 3M1 5L2 8", "#000", 0.08, 1.3),
        )),
        Material::Lace => Some(both(
            lines(
                24.0,
                24.0,
                "M12 4C15 7 15 9 12 12C9 9 9 7 12 4M12 20C15 17 15 15 12 12C9 15 9 17 12 20M4 12C7 9 9 9 12 12C9 15 7 15 4 12M20 12C17 9 15 9 12 12C15 15 17 15 20 12",
                "#fff",
                0.55,
                1.2,
            ),
            lines(
                24.0,
                24.0,
                "M0 0L5 5M24 0L19 5M0 24L5 19M24 24L19 19M0 12L3 12M12 0L12 3",
                "#000",
                0.18,
                1.0,
            ),
        )),
        Material::Sequin => Some(specks(
            &[
                (4.0, 4.0, 3.6, "#fff", 0.22),
                (12.0, 4.0, 3.6, "#000", 0.16),
                (8.0, 11.0, 3.6, "#fff", 0.34),
                (0.0, 11.0, 3.6, "#000", 0.10),
                (16.0, 11.0, 3.6, "#000", 0.10),
                (7.0, 10.0, 1.0, "#fff", 0.8),
            ],
            16.0,
        )),
        Material::Mesh => Some(specks(&[(2.0, 2.0, 1.2, "#000", 0.28), (6.0, 6.0, 1.2, "#000", 0.28)], 8.0)),
        Material::Jersey | Material::Cotton => Some(lines(4.0, 4.0, "M1 0L1 4", "#000", 0.035, 0.8)),
        Material::Nylon => Some(lines(7.0, 7.0, "M0 0L7 0M0 0L0 7", "#fff", 0.07, 0.8)),
        Material::Silk
        | Material::Satin
        | Material::Polyester
        | Material::Chiffon
        | Material::Velvet
        | Material::Down => None,
    }
}

/// How much a material shines: the opacity of its brightest light.
pub(super) fn gloss(material: Option<Material>) -> f32 {
    match material {
        Some(Material::Satin) => 0.44,
        Some(Material::Silk | Material::Leather) => 0.32,
        Some(Material::Sequin) => 0.40,
        Some(Material::Nylon | Material::Down) => 0.22,
        Some(Material::Velvet) => 0.24,
        _ => 0.0,
    }
}

/// How much of the cloth hides what is under it.
pub(super) fn opacity(material: Option<Material>) -> f32 {
    match material {
        Some(Material::Chiffon) => 0.84,
        Some(Material::Lace | Material::Mesh) => 0.93,
        _ => 1.0,
    }
}
