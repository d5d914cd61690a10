"""One text-to-image run of SDXL with PhotoMaker, from diffusers' and transformers' networks, stage by
stage."""

import json
from pathlib import Path

import diffusers
import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from PIL import Image
from safetensors.torch import load_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

import identity
import prompt as words
import weights


class Case:
    """A case directory: settings, weight table, inputs and photos."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.settings = json.loads((folder / "case.json").read_text())
        self.entries = json.loads((folder / self.settings["tensors_file"]).read_text())
        self.inputs = load_file(folder / self.settings["inputs_file"])
        self.photos = [Image.open(folder / p) for p in self.settings["photos"]]

    def tokenizer_folder(self) -> Path:
        """The vocabulary that the cases beside this one share."""
        return self.folder / self.settings.get("tokenizer_dir", "../tokenizer")


def text_encoder(kind, config: dict, state: dict):
    """A text encoder with published keys (`text_model.` first), whatever the installed version calls them."""
    model = kind(CLIPTextConfig(**config)).eval()
    own = set(model.state_dict())
    state = {k if k in own else k.removeprefix("text_model."): v for k, v in state.items()}
    model.load_state_dict(state, strict=True)
    return model


def load_unet(config: dict, state: dict) -> UNet2DConditionModel:
    unet = UNet2DConditionModel.from_config(config).eval()
    unet.load_state_dict(state, strict=True)
    return unet


def load_vae(config: dict, state: dict) -> AutoencoderKL:
    vae = AutoencoderKL.from_config(config).eval()
    vae.load_state_dict(state, strict=True)
    return vae


def make_scheduler(config: dict):
    return getattr(diffusers, config["_class_name"]).from_config(config)


class StepNoise:
    """Stands in for a scheduler's random source and hands out the stored noise of the step."""

    def __init__(self, scheduler, noise):
        self.module = __import__(type(scheduler).__module__, fromlist=["randn_tensor"])
        self.noise, self.step, self.used = noise, 0, set()

    def __enter__(self):
        self.kept = self.module.__dict__.get("randn_tensor")
        self.module.randn_tensor = self.draw
        return self

    def __exit__(self, *_):
        self.module.randn_tensor = self.kept

    def draw(self, shape, **_):
        if self.noise is None:
            raise ValueError("this scheduler draws noise in its steps, but the inputs hold none")
        self.used.add(self.step)
        return self.noise[self.step].reshape(shape)


@torch.no_grad()
def run(case: Case) -> dict:
    """Every stage by name, in the order in which it is made."""
    s, parts, stages = case.settings, case.settings["components"], {}
    trigger, k, count = s["trigger_word"], s["num_tokens"], len(case.photos)
    images = s.get("num_images_per_prompt", 1)

    # Words.
    tokenizers = [
        words.load_tokenizer(case.tokenizer_folder(), parts[n]["tokenizer_config"], trigger)
        for n in ("tokenizer", "tokenizer_2")
    ]
    encoders = [
        text_encoder(CLIPTextModel, parts["text_encoder"], weights.make(case.entries, "text_encoder")),
        text_encoder(
            CLIPTextModelWithProjection, parts["text_encoder_2"], weights.make(case.entries, "text_encoder_2")
        ),
    ]
    plain = words.text_only(tokenizers[-1], s["prompt"], trigger)
    stages["text_only_prompt"] = plain
    pairs = [words.expand(t, s["prompt"], trigger, count * k) for t in tokenizers]
    mask = torch.tensor([pairs[-1][1]])
    rows = {"prompt": [p[0] for p in pairs], "text_only": [words.encode(t, plain) for t in tokenizers]}
    if s["negative_prompt"] is not None:
        rows["negative"] = [words.encode(t, s["negative_prompt"]) for t in tokenizers]
    embeds, pooled = {}, {}
    for name, pair in rows.items():
        for i, row in enumerate(pair, 1):
            stages[f"ids.{name}.{i}"] = torch.tensor([row])
        hidden, pooled[name] = words.embed(encoders, pair)
        embeds[name] = torch.cat(hidden, -1)
        if name == "prompt":
            stages["te1.prompt"], stages["te2.prompt"] = hidden
    if "negative" not in rows:
        if not parts["model_index"]["force_zeros_for_empty_prompt"]:
            raise ValueError("a case without a negative prompt needs force_zeros_for_empty_prompt")
        embeds["negative"], pooled["negative"] = torch.zeros_like(embeds["prompt"]), torch.zeros_like(
            pooled["prompt"]
        )
    stages["class_tokens_mask"] = mask.to(torch.uint8)
    stages["prompt_embeds.concat"] = embeds["prompt"]
    for name in ("text_only", "negative"):
        stages[f"prompt_embeds.{name}"] = embeds[name]
    for name, value in pooled.items():
        stages[f"pooled.{name}"] = value
    del encoders

    # Identity.
    encoder = identity.IdEncoder(weights.make(case.entries, "id_encoder"), parts["id_encoder"])
    pixels_u8 = torch.stack([identity.clip_pixels(p) for p in case.photos])
    pixels = identity.normalise(pixels_u8)
    stages["clip.pixels_u8"], stages["clip.pixels.photo_0"] = pixels_u8, pixels[0]
    hidden, vision_pooled = encoder.see(pixels)
    stages["vision.last_hidden"], stages["vision.pooled"] = hidden, vision_pooled
    if encoder.is_v2:
        stages["id_embeds.tokens"] = encoder.face_tokens(case.inputs["id_embeds"])
        ids = encoder.project_v2(stages["id_embeds.tokens"], hidden)
    else:
        ids = encoder.project_v1(vision_pooled)
    stages["id_embeds.projected"] = ids
    fused = encoder.fuse(embeds["prompt"], ids, mask)
    stages["prompt_embeds.fused"] = fused
    del encoder

    # Weights of the UNet with the LoRA in them.
    state = weights.make(case.entries, "unet")
    for module, (down, up) in identity.attention_lora(weights.make(case.entries, "lora")).items():
        key = f"{module}.weight"
        if module in s["lora"]["stored_modules"]:
            stages[f"lora_base.{module}"] = state[key].clone()
        state[key] = state[key] + s["lora"]["scale"] * (up @ down)
        if module in s["lora"]["stored_modules"]:
            stages[f"lora_fused.{module}"] = state[key]
    unet = load_unet(parts["unet"], state)

    # Steps.
    guided = s["guidance_scale"] > 1
    scheduler = make_scheduler(parts["scheduler"])
    extra = (
        {"original_inference_steps": s["original_inference_steps"]} if "original_inference_steps" in s else {}
    )
    scheduler.set_timesteps(s["num_inference_steps"], **extra)
    stages["timesteps"] = scheduler.timesteps.to(torch.float32)
    if hasattr(scheduler, "sigmas"):
        stages["sigmas"] = scheduler.sigmas.to(torch.float32)
    size = (s["height"], s["width"])
    time_ids = torch.tensor([[*size, 0, 0, *size]], dtype=torch.float32)

    def batch(negative, positive):
        rows = [positive] * images
        return torch.cat([negative] * images + rows if guided else rows)

    time_ids = batch(time_ids, time_ids)
    stages["add_time_ids"] = time_ids
    latents = case.inputs["latents"] * scheduler.init_noise_sigma
    stages["latents.initial"] = latents
    merged_at, every = s["start_merge_step"] + 1, []
    step_extra = {"eta": s["eta"]} if parts["scheduler"]["_class_name"] == "DDIMScheduler" else {}
    with StepNoise(scheduler, case.inputs.get("step_noise")) as noise:
        for i, t in enumerate(scheduler.timesteps):
            text, vector = (
                (embeds["text_only"], pooled["text_only"]) if i < merged_at else (fused, pooled["prompt"])
            )
            scaled = scheduler.scale_model_input(torch.cat([latents] * 2) if guided else latents, t)
            out = unet(
                scaled,
                t,
                encoder_hidden_states=batch(embeds["negative"], text),
                added_cond_kwargs={"text_embeds": batch(pooled["negative"], vector), "time_ids": time_ids},
            ).sample
            if i == 0:
                stages["unet.first.input"], stages["unet.first.output"] = scaled, out
            if i == merged_at:
                stages["unet.merged.output"] = out
            if guided:
                negative, positive = out.chunk(2)
                out = negative + s["guidance_scale"] * (positive - negative)
            noise.step = i
            latents = scheduler.step(out, t, latents, **step_extra).prev_sample
            if i == 0:
                stages["latents.step_1"] = latents
            if i == merged_at:
                stages["latents.step_merged"] = latents
            every.append(latents)
    stages["latents.final"], stages["latents.all"] = latents, torch.cat(every)

    # Picture.
    vae = load_vae(parts["vae"], weights.make(case.entries, "vae"))
    stages["image.raw"] = vae.decode(latents / vae.config.scaling_factor).sample
    stages["image"] = (stages["image.raw"] / 2 + 0.5).clamp(0, 1)
    return stages


def thinned(stages: dict, name: str, dim: int = 1) -> torch.Tensor:
    """A stage by its stored name: a suffix `.every_Nth` keeps the indices 0, N, 2N, ... along `dim`."""
    base, _, step = name.rpartition(".every_")
    if not base:
        return stages[name]
    whole = stages[base]
    index = torch.arange(0, whole.shape[dim], int(step.rstrip("thndrs")))
    return whole.index_select(dim, index)
