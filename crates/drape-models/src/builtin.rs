//! The models that the program knows by itself.
//!
//! Sizes and SHA-256 are those that the hub shows for the commit named with each model. Where one could not
//! be established it is left out: such a file is checked against what the hub announces when it is fetched,
//! and recorded then.
//!
//! SDXL's own VAE is taken with its weights stored in 16 bits. It is its intermediate values that overflow
//! in 16-bit arithmetic, not the weights (`force_upcast` in its configuration says so): an engine widens
//! them and decodes in 32 bits. `sdxl-vae-fp16-fix` is the retrained one for engines that cannot.

use crate::registry::{File, License, Model, Text};

/// Everything is known.
const fn pinned(path: &'static str, size: u64, sha256: &'static str) -> Row {
    Row { path, size: Some(size), about: None, sha256: Some(sha256) }
}

/// The hash is known, the size only as the hub rounds it.
const fn rounded(path: &'static str, about: u64, sha256: &'static str) -> Row {
    Row { path, size: None, about: Some(about), sha256: Some(sha256) }
}

/// Trusted on first use.
const fn unknown(path: &'static str, about: u64) -> Row {
    Row { path, size: None, about: Some(about), sha256: None }
}

struct Row {
    path: &'static str,
    size: Option<u64>,
    about: Option<u64>,
    sha256: Option<&'static str>,
}

const VOCABULARY: (u64, &str) =
    (1_059_962, "e089ad92ba36837a0d31433e555c8f45fe601ab5c221d4f607ded32d9f7a4349");
const MERGES: (u64, &str) = (524_619, "9fd691f7c8039210e0fced15865466c65820d09b63988b0174bfe25de299051a");
const UNET: &str = "unet/diffusion_pytorch_model.fp16.safetensors";
const VAE: &str = "vae/diffusion_pytorch_model.fp16.safetensors";
const TEXT: &str = "text_encoder/model.fp16.safetensors";
const TEXT_2: &str = "text_encoder_2/model.fp16.safetensors";
const CLIP_L: &str = "660c6f5b1abae9dc498ac2d21e1347d2abdb0cf6c0c0c8576cd796491d9a6cdd";
const CLIP_G: &str = "ec310df2af79c318e24d20511b601a591ca8cd4f1fce1d8dff822a356bcdb1f4";

const SDXL_BASE: &[Row] = &[
    pinned("model_index.json", 609, "6d7b93508390ab91ac5bfbe4aeb4dc2d83f7bb1b05fb069d714b5b0c75f70d44"),
    pinned(
        "scheduler/scheduler_config.json",
        479,
        "af3e45a949aff8b8341ab8b811429ec03fee857a700a1d9477363e4fff9666e2",
    ),
    pinned("tokenizer/vocab.json", VOCABULARY.0, VOCABULARY.1),
    pinned("tokenizer/merges.txt", MERGES.0, MERGES.1),
    pinned(
        "tokenizer/special_tokens_map.json",
        472,
        "c4864a9376a8401918425bed71fc14fc0e81f9b59ec45c1cf96cccb2df508eac",
    ),
    pinned(
        "tokenizer/tokenizer_config.json",
        737,
        "19d7b034cb0cc3ce9766c2231373ab8aa8991fc72e2c8f76558bfaae3de0d563",
    ),
    pinned("tokenizer_2/vocab.json", VOCABULARY.0, VOCABULARY.1),
    pinned("tokenizer_2/merges.txt", MERGES.0, MERGES.1),
    pinned(
        "tokenizer_2/special_tokens_map.json",
        460,
        "f118ab3a983206e4f32583448de6bd6aae4ee21869135cef1f5848a753cdaab6",
    ),
    pinned(
        "tokenizer_2/tokenizer_config.json",
        725,
        "c9d23941f76a41cbd50eda9290f57be7828f0a7a677939e9ef181f7e12bd1bdf",
    ),
    pinned(
        "text_encoder/config.json",
        565,
        "39b8b2e4b1949e36969caa425b6c81c68bace99198dd9078ce05d16ad401fe7f",
    ),
    pinned(TEXT, 246_144_152, CLIP_L),
    pinned(
        "text_encoder_2/config.json",
        575,
        "a892d1c3a69a7e9247a24de2bc1d5891e3109a54696e53be20093af671072c34",
    ),
    pinned(TEXT_2, 1_389_382_176, CLIP_G),
    pinned("vae/config.json", 642, "0b331c8ac22ded5f9997a144a575c1d113d6169aff262c353f39015bd24a6264"),
    pinned(VAE, 167_335_342, "bcb60880a46b63dea58e9bc591abe15f8350bde47b405f9c38f4be70c6161e68"),
    pinned("unet/config.json", 1_680, "30ebc70750223e59006f7f2b4e1e6c102570aa19a9c4ae3e1fbe7591332dbae6"),
    pinned(UNET, 5_135_149_760, "83e012a805b84c7ca28e5646747c90a243c65c8ba4f070e2d7ddc9d74661e139"),
];

/// The small files of a fine-tuned SDXL; their hashes are not known here.
const SMALL: &[Row] = &[
    unknown("model_index.json", 600),
    unknown("scheduler/scheduler_config.json", 500),
    unknown("tokenizer/vocab.json", 1_060_000),
    unknown("tokenizer/merges.txt", 525_000),
    unknown("tokenizer/special_tokens_map.json", 500),
    unknown("tokenizer/tokenizer_config.json", 700),
    unknown("tokenizer_2/vocab.json", 1_060_000),
    unknown("tokenizer_2/merges.txt", 525_000),
    unknown("tokenizer_2/special_tokens_map.json", 500),
    unknown("tokenizer_2/tokenizer_config.json", 700),
    unknown("text_encoder/config.json", 600),
    unknown("text_encoder_2/config.json", 600),
    unknown("vae/config.json", 700),
    unknown("unet/config.json", 1_700),
];

const REALVIS_VAE: &str = "6353737672c94b96174cb590f711eac6edf2fcce5b6e91aa9d73c5adc589ee48";

const REALVIS_4: &[Row] = &[
    rounded(TEXT, 246_000_000, "261b2e72bd3b76723eff6f9857c23cd8f8de6a12129d5351b56271b9202ac0aa"),
    rounded(TEXT_2, 1_390_000_000, "de815ea750a4ceeeff4452c6023f894fa66db5db6e7053e589be3104922dd8e2"),
    rounded(VAE, 167_000_000, REALVIS_VAE),
    rounded(UNET, 5_140_000_000, "dc2027ec2344f8554ba3a691130f41707b23bb4822db44463b5434343c856003"),
];

const REALVIS_5: &[Row] = &[
    rounded(TEXT, 246_000_000, "0a873801e35a008b17e228189a83a8b41e068ffe7bde7c1105e8c6e947758bc5"),
    unknown(TEXT_2, 1_390_000_000),
    rounded(VAE, 167_000_000, REALVIS_VAE),
    pinned(UNET, 5_135_149_760, "ea10386073d39ffdde9fda426745b3f5e9dcd2af204c128ece0f4ea84570ffee"),
];

const TURBO: &[Row] = &[
    pinned(TEXT, 246_144_152, CLIP_L),
    pinned(TEXT_2, 1_389_382_176, CLIP_G),
    rounded(VAE, 167_000_000, "02ee4bd18e5d16e7fe5fc5b85b4aefa2cba6db28897f674226c9d6ddd2f34f06"),
    rounded(UNET, 5_140_000_000, "48fa46161a745f48d4054df3fe13804ee255486bca893403b60373c188fd1bdb"),
];

const PHOTOMAKER_1: &[Row] = &[rounded(
    "photomaker-v1.bin",
    934_000_000,
    "529d503fa378bfb3a74e3384ab2064d7269d59f0638324555d22067c31e275bc",
)];

const PHOTOMAKER_2: &[Row] = &[rounded(
    "photomaker-v2.bin",
    1_800_000_000,
    "0eeac57d7e09b95cee670a18e0d939ff303dd6f76d317c950bf584c6c9bdb8f5",
)];

const LCM: &[Row] = &[pinned(
    "pytorch_lora_weights.safetensors",
    393_855_224,
    "a764e6859b6e04047cd761c08ff0cee96413a8e004c9f07707530cd776b19141",
)];

const LIGHTNING: &[Row] = &[
    pinned(
        "sdxl_lightning_4step_lora.safetensors",
        393_854_592,
        "bf56cf2657efb15e465d81402ed481d1e11c4677e4bcce1bc11fe71ad8506b79",
    ),
    pinned(
        "sdxl_lightning_8step_lora.safetensors",
        393_854_592,
        "5aa30d94cdf7950a8b53a693682650ee061eddb128c5435a8f88defea73b2ac6",
    ),
];

const TAESDXL: &[Row] = &[
    unknown("config.json", 700),
    pinned(
        "diffusion_pytorch_model.safetensors",
        9_793_292,
        "ff4824aca94dd6111e0340fa749347fb74101060d9712cb5ef1ca8f1cf17502f",
    ),
];

const VAE_FIX: &[Row] = &[
    unknown("config.json", 700),
    pinned(
        "diffusion_pytorch_model.safetensors",
        334_643_238,
        "1b909373b28f2137098b0fd9dbc6f97f8410854f31f84ddc9fa04b077b0ace2c",
    ),
];

/// The base models that an identity or few-step model works with.
const BASES: &[&str] = &["realvisxl-v4", "realvisxl-v5", "sdxl-base"];

const RAIL: &str = "CreativeML Open RAIL++-M";

pub(crate) fn models() -> Vec<Model> {
    vec![
        Model {
            what: text("SDXL 1.0 기본 모델 (fp16)", "SDXL 1.0, the base model (fp16)"),
            license: license(
                RAIL,
                "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
            ),
            restrictions: rail(),
            ..model(
                "sdxl-base",
                "stabilityai/stable-diffusion-xl-base-1.0@462165984030d82259a11f4367a4eed129e94a7b",
                &[SDXL_BASE],
            )
        },
        Model {
            what: text(
                "사람 사진에 맞춘 SDXL, RealVisXL 4.0 (fp16)",
                "SDXL tuned for photos of people, RealVisXL 4.0 (fp16)",
            ),
            license: license(RAIL, "https://huggingface.co/SG161222/RealVisXL_V4.0"),
            restrictions: rail(),
            ..model(
                "realvisxl-v4",
                "SG161222/RealVisXL_V4.0@26dfe44930964cd70d0a817b6d1cc945c130e38d",
                &[SMALL, REALVIS_4],
            )
        },
        Model {
            what: text(
                "사람 사진에 맞춘 SDXL, RealVisXL 5.0 (fp16)",
                "SDXL tuned for photos of people, RealVisXL 5.0 (fp16)",
            ),
            license: license(RAIL, "https://huggingface.co/SG161222/RealVisXL_V5.0"),
            restrictions: rail(),
            ..model(
                "realvisxl-v5",
                "SG161222/RealVisXL_V5.0@ac93e0dda1f6d448cae19bbfab8c5e720a5e48bc",
                &[SMALL, REALVIS_5],
            )
        },
        Model {
            what: text(
                "PhotoMaker 1: 사진 속 사람을 SDXL에 알려 줍니다",
                "PhotoMaker 1: tells SDXL who is in the photos",
            ),
            license: license("Apache-2.0", "https://huggingface.co/TencentARC/PhotoMaker/blob/main/LICENSE"),
            needs: base(),
            ..model(
                "photomaker-v1",
                "TencentARC/PhotoMaker@f68f8e6309bf213d28d68230abff0ccc92de9f30",
                &[PHOTOMAKER_1],
            )
        },
        Model {
            what: text(
                "PhotoMaker 2: 더 닮게, 얼굴 모델이 필요합니다",
                "PhotoMaker 2: closer likeness, needs a face model",
            ),
            license: license("Apache-2.0", "https://huggingface.co/TencentARC/PhotoMaker-V2"),
            commercial: false,
            restrictions: text(
                "가중치는 Apache-2.0이지만 비상업용인 InsightFace 얼굴 모델 없이는 쓸 수 없으므로, 실제로는 비상업용입니다.",
                "The weights are Apache-2.0, but of no use without InsightFace's face model, which is for non-commercial use: in effect this is too.",
            ),
            needs: base(),
            bring: Some(text(
                "InsightFace 얼굴 모델(antelopev2 또는 buffalo_l, ONNX)은 직접 준비해야 합니다.",
                "You bring InsightFace's face model (antelopev2 or buffalo_l, ONNX) yourself.",
            )),
            ..model(
                "photomaker-v2",
                "TencentARC/PhotoMaker-V2@f5a1e5155dc02166253fa7e29d13519f5ba22eac",
                &[PHOTOMAKER_2],
            )
        },
        Model {
            what: text("4~8단계로 빠르게: LCM LoRA", "Fast, in 4 to 8 steps: LCM LoRA"),
            license: license(RAIL, "https://huggingface.co/latent-consistency/lcm-lora-sdxl"),
            restrictions: rail(),
            needs: base(),
            ..model(
                "lcm-lora-sdxl",
                "latent-consistency/lcm-lora-sdxl@a18548dd4956b174ec5b0d78d340c8dae0a129cd",
                &[LCM],
            )
        },
        Model {
            what: text(
                "4 또는 8단계로 빠르게: SDXL-Lightning LoRA",
                "Fast, in 4 or 8 steps: SDXL-Lightning LoRA",
            ),
            license: license(RAIL, "https://huggingface.co/ByteDance/SDXL-Lightning/blob/main/LICENSE.md"),
            restrictions: rail(),
            needs: base(),
            ..model(
                "sdxl-lightning-lora",
                "ByteDance/SDXL-Lightning@c9a24f48e1c025556787b0c58dd67a091ece2e44",
                &[LIGHTNING],
            )
        },
        Model {
            what: text("미리보기용 작은 디코더", "Small decoder for previews"),
            license: license("MIT", "https://huggingface.co/madebyollin/taesdxl"),
            needs: base(),
            ..model("taesdxl", "madebyollin/taesdxl@b20258aaef75ef61e659c1e0f14f251cf0ad153e", &[TAESDXL])
        },
        Model {
            what: text("16비트로도 넘치지 않는 SDXL VAE", "SDXL's VAE that does not overflow in 16 bits"),
            license: license("MIT", "https://huggingface.co/madebyollin/sdxl-vae-fp16-fix"),
            needs: base(),
            ..model(
                "sdxl-vae-fp16-fix",
                "madebyollin/sdxl-vae-fp16-fix@207b116dae70ace3637169f1ddd2434b91b3a8cd",
                &[VAE_FIX],
            )
        },
        Model {
            what: text("1~4단계 SDXL (fp16)", "SDXL in 1 to 4 steps (fp16)"),
            license: license(
                "Stability AI Non-Commercial Research Community License",
                "https://huggingface.co/stabilityai/sdxl-turbo",
            ),
            commercial: false,
            restrictions: text(
                "비상업 연구용입니다. 상업적으로 쓰려면 Stability AI와 따로 계약해야 합니다.",
                "For non-commercial research. Commercial use needs an agreement with Stability AI.",
            ),
            ..model(
                "sdxl-turbo",
                "stabilityai/sdxl-turbo@71153311d3dbb46851df1931d3ca6e939de83304",
                &[SMALL, TURBO],
            )
        },
    ]
}

/// A model for commercial use that needs nothing else; `from` is `owner/name@commit`.
fn model(name: &str, from: &str, parts: &[&[Row]]) -> Model {
    let (repository, revision) = from.split_once('@').unwrap_or((from, "main"));
    let file = |row: &Row| File {
        path: row.path.to_owned(),
        repository: repository.to_owned(),
        revision: revision.to_owned(),
        source: None,
        size: row.size,
        about: row.about,
        sha256: row.sha256.map(str::to_owned),
    };
    Model {
        name: name.to_owned(),
        what: Text::default(),
        license: license("", ""),
        commercial: true,
        restrictions: Text::default(),
        needs: Vec::new(),
        bring: None,
        files: parts.iter().flat_map(|rows| rows.iter()).map(file).collect(),
    }
}

fn base() -> Vec<Vec<String>> {
    vec![BASES.iter().map(|&b| b.to_owned()).collect()]
}

fn text(ko: &str, en: &str) -> Text {
    Text { ko: ko.to_owned(), en: en.to_owned() }
}

fn license(name: &str, url: &str) -> License {
    License { name: name.to_owned(), url: url.to_owned() }
}

/// Attachment A of the licence.
fn rail() -> Text {
    text(
        "상업적으로 쓸 수 있지만 금지된 용도가 있습니다(불법 행위, 미성년자 착취, 명예훼손과 괴롭힘, 차별 등). 이 조건은 이용자에게도 전해야 합니다.",
        "Commercial use is allowed, but some uses are not (breaking laws, exploiting minors, defaming or harassing people, discrimination and others), and these terms have to be passed on to your users.",
    )
}
