"""The schedulers' tables and steps, with a formula in place of the network."""

import json
import math
import warnings
from pathlib import Path

import torch
from safetensors.torch import save_file

import models
import pipeline

SHAPE = (1, 4, 3, 5)
LINEAR = {"beta_start": 0.0001, "beta_end": 0.02, "beta_schedule": "linear"}
ALL_STEPS = (1, 2, 4, 10, 25, 50)
# Latents of longer runs are stored for the last step only; their tables are stored whole.
WHOLE_RUN = 10


def variants(kind: str):
    """(name, config changes, numbers of steps) for one scheduler class."""
    spacings = ("leading", "linspace", "trailing")
    if kind == "LCMScheduler":
        yield "sdxl", dict(steps_offset=1), (1, 2, 4, 8, 10, 25, 50)
        yield "no-offset-v", dict(steps_offset=0, prediction_type="v_prediction"), (4, 8)
        yield "sample-linear", dict(LINEAR, prediction_type="sample"), (2, 4)
        yield "alpha-one", dict(set_alpha_to_one=True, timestep_scaling=8.0), (4,)
        return
    for spacing in spacings:
        yield spacing, dict(timestep_spacing=spacing, steps_offset=1), ALL_STEPS
    yield "leading-no-offset", dict(timestep_spacing="leading", steps_offset=0), (1, 4, 10)
    yield "linear-betas", dict(LINEAR, timestep_spacing="leading", steps_offset=1), (4, 25)
    yield "v", dict(timestep_spacing="leading", steps_offset=1, prediction_type="v_prediction"), (2, 10)
    yield (
        "v-trailing-zero-snr",
        dict(timestep_spacing="trailing", prediction_type="v_prediction", rescale_betas_zero_snr=True),
        (4, 10),
    )
    yield "sample", dict(timestep_spacing="leading", steps_offset=1, prediction_type="sample"), (2, 10)
    if kind == "DDIMScheduler":
        yield "alpha-one", dict(timestep_spacing="leading", steps_offset=1, set_alpha_to_one=True), (4,)
    if kind in ("EulerDiscreteScheduler", "DPMSolverMultistepScheduler"):
        for spacing in spacings:
            yield (
                f"{spacing}-karras",
                dict(timestep_spacing=spacing, steps_offset=1, use_karras_sigmas=True),
                (1, 4, 10, 25),
            )
        yield (
            "v-karras",
            dict(
                timestep_spacing="leading",
                steps_offset=1,
                use_karras_sigmas=True,
                prediction_type="v_prediction",
            ),
            (10,),
        )
        yield (
            "final-sigma-min",
            dict(timestep_spacing="leading", steps_offset=1, final_sigmas_type="sigma_min"),
            (4, 10),
        )
    if kind == "DPMSolverMultistepScheduler":
        yield "euler-at-final", dict(timestep_spacing="leading", steps_offset=1, euler_at_final=True), (
            1,
            4,
            25,
        )
        yield (
            "euler-at-final-karras",
            dict(timestep_spacing="leading", steps_offset=1, euler_at_final=True, use_karras_sigmas=True),
            (10, 25),
        )
        yield "no-lower-order", dict(timestep_spacing="leading", steps_offset=1, lower_order_final=False), (
            4,
            25,
        )
        yield "heun", dict(timestep_spacing="leading", steps_offset=1, solver_type="heun"), (10,)


BASES = {
    "EulerDiscreteScheduler": {},
    "EulerAncestralDiscreteScheduler": {},
    "DPMSolverMultistepScheduler": dict(algorithm_type="dpmsolver++", solver_order=2),
    "DDIMScheduler": dict(clip_sample=False, set_alpha_to_one=False),
    "LCMScheduler": dict(clip_sample=False, set_alpha_to_one=False, original_inference_steps=50),
}


def prediction(sample: torch.Tensor, t: float) -> torch.Tensor:
    """What stands in for the network: 0.7 tanh(x) + 0.1 sin(t / 100 + i) at element i, computed in
    float64."""
    index = torch.arange(sample.numel(), dtype=torch.float64).reshape(sample.shape)
    return (0.7 * torch.tanh(sample.to(torch.float64)) + 0.1 * torch.sin(t / 100 + index)).to(torch.float32)


def make(out: Path) -> None:
    draw = torch.Generator().manual_seed(77)
    tensors = {
        "initial": torch.randn(SHAPE, generator=draw),
        "step_noise": torch.randn((max(ALL_STEPS), *SHAPE), generator=draw),
    }
    described, refused, count = [], [], 0
    for kind, base in BASES.items():
        for name, changes, numbers in variants(kind):
            name = f"{kind.removesuffix('Scheduler')}/{name}"
            config = {"_class_name": kind, **models.BETAS, **base, **changes}
            runs = []
            for steps in numbers:
                try:
                    runs.append(one_run(config, steps, tensors, f"{name}/{steps}"))
                except (ValueError, NotImplementedError) as reason:
                    refused.append(f"{name}/{steps}: {reason}")
                    for key in [k for k in tensors if k.startswith(f"{name}/{steps}/")]:
                        del tensors[key]
            if runs:
                described.append(
                    {"name": name, "config": models.plain(pipeline.make_scheduler(config)), "runs": runs}
                )
                count += len(runs)
    head = {
        "format": 1,
        "formula": "0.7 * tanh(x) + 0.1 * sin(t / 100 + i): x the scaled input, t the timestep, "
        "i the row-major element",
        "tolerance": {"rel": 1e-5},
        "tensors_file": "schedulers.safetensors",
    }
    text = json.dumps(head, indent=1).removesuffix("\n}")
    rows = ",\n".join(json.dumps(d) for d in described)
    (out / "schedulers.json").write_text(f'{text},\n "schedulers": [\n{rows}\n]\n}}\n')
    save_file(tensors, out / "schedulers.safetensors")
    print(f"schedulers: {len(described)} configs, {count} runs")
    for line in refused:
        print("  refused by diffusers:", line)


def one_run(config: dict, steps: int, tensors: dict, name: str) -> dict:
    """Runs a scheduler and stores its tables and latents under `name`."""
    scheduler = pipeline.make_scheduler(config)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler.set_timesteps(steps)
    sigma = float(scheduler.init_noise_sigma)
    latents, every = tensors["initial"] * sigma, []
    with pipeline.StepNoise(scheduler, tensors["step_noise"]) as noise:
        for i, t in enumerate(scheduler.timesteps):
            noise.step = i
            out = prediction(scheduler.scale_model_input(latents, t), float(t))
            latents = scheduler.step(out, t, latents).prev_sample
            every.append(latents)
    if not all(math.isfinite(float(x.abs().max())) for x in every):
        raise ValueError("latents are not finite")
    tensors[f"{name}/timesteps"] = scheduler.timesteps.to(torch.float32).clone()
    if hasattr(scheduler, "sigmas"):
        tensors[f"{name}/sigmas"] = scheduler.sigmas.to(torch.float32).clone()
    kept = every if len(every) <= WHOLE_RUN else every[-1:]
    tensors[f"{name}/latents"] = torch.cat(kept)
    return {
        "steps": steps,
        "made_steps": len(every),
        "init_noise_sigma": sigma,
        "first_kept_step": len(every) - len(kept),
    }
