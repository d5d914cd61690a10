//! Damaged files never end the process: loading succeeds or returns an error, and never panics.

use drape_photomaker::weights::{Checkpoint, Options, PhotoMaker, read_pickle, read_tensors};
use proptest::prelude::*;

use super::making::*;

#[derive(Debug, Clone)]
enum Damage {
    Byte(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Drop(prop::sample::Index, usize),
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        6 => (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(i, b)| Damage::Byte(i, b)),
        1 => any::<prop::sample::Index>().prop_map(Damage::Cut),
        1 => (any::<prop::sample::Index>(), 1..40usize).prop_map(|(i, n)| Damage::Drop(i, n)),
        1 => (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 1..40usize)
            .prop_map(|(i, j, n)| Damage::Copy(i, j, n)),
    ]
}

fn damaged(mut bytes: Vec<u8>, all: &[Damage]) -> Vec<u8> {
    for one in all {
        if bytes.is_empty() {
            break;
        }
        let len = bytes.len();
        match one {
            Damage::Byte(i, b) => bytes[i.index(len)] = *b,
            Damage::Cut(i) => bytes.truncate(i.index(len)),
            Damage::Drop(i, n) => _ = bytes.drain(i.index(len)..(i.index(len) + n).min(len)),
            Damage::Copy(i, j, n) => {
                let part = bytes[i.index(len)..(i.index(len) + n).min(len)].to_vec();
                let at = j.index(len);
                bytes.splice(at..at, part);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 1500,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn of_torch_archives(all in prop::collection::vec(damage(), 1..6), which in 0..3usize) {
        let name = ["photomaker", "nested", "proto4"][which];
        let bytes = std::fs::read(given(&format!("data/{name}.bin"))).expect("it is committed");
        let folder = Folder::new();
        let path = folder.write("photomaker.bin", damaged(bytes, &all));
        _ = read_tensors(&path);
        _ = PhotoMaker::open(&path);
    }

    /// Damages only the program inside a whole archive, so that the damage gets past the zip.
    #[test]
    fn of_programs(all in prop::collection::vec(damage(), 1..6)) {
        let program = Program::new()
            .op(b"}(")
            .text("a").op(b"q\0").tensor("FloatStorage", "0", 8, 2, &[2, 3], &[3, 1]).op(b"q\x01")
            .text("b").tensor("HalfStorage", "0", 16, 0, &[2, 4], &[1, 2])
            .text("c").op(b"](h\0h\x01K\x07M\x01\x02J\x01\0\0\0G\0\0\0\0\0\0\0\0\x88\x89Ne")
            .op(b"u");
        let bytes = torch(&damaged(program.end(), &all), &[("0", &[1; 32])]);
        let folder = Folder::new();
        _ = read_pickle(&folder.write("a.pt", bytes));
    }

    #[test]
    fn of_random_programs(code in prop::collection::vec(any::<u8>(), 0..200)) {
        let folder = Folder::new();
        _ = read_pickle(&folder.write("a.pt", torch(&[&b"\x80\x02"[..], &code].concat(), &[])));
    }

    #[test]
    fn of_safetensors(all in prop::collection::vec(damage(), 1..6)) {
        let folder = Folder::new();
        let tensors = [made("unet.a.lora_A.weight", &[2, 3]), half(&made("b", &[4])), whole("c", 3)];
        let bytes = safetensors(&tensors);
        let path = folder.write("a.safetensors", damaged(bytes, &all));
        if let Ok(tensors) = read_tensors(&path) {
            tensors.values().for_each(|view| _ = view.to_f32());
        }
        _ = Checkpoint::open(&path, &Options::default());
    }
}
