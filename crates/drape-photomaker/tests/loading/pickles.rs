//! Files of `torch.save` are read, and no code in them runs.

use drape_photomaker::error::Error;
use drape_photomaker::weights::{Kind, PhotoMaker, Value, Version, View, read_pickle};

use super::making::*;

fn tensor<'a>(value: &'a Value, path: &[&str]) -> &'a View {
    match path.iter().fold(value, |v, key| &v.dict().expect("a dictionary")[*key]) {
        Value::Tensor(view) => view,
        other => panic!("{path:?} is {other:?}"),
    }
}

/// The message of the refusal of a torch file.
fn refusal(bytes: &[u8]) -> String {
    let folder = Folder::new();
    let path = folder.write("model.bin", bytes);
    match read_pickle(&path) {
        Err(Error::Malformed { detail, path: at }) if at == path => detail,
        other => panic!("not refused: {other:?}"),
    }
}

/// The message of the refusal of a program with one storage of 16 bytes.
fn refused(program: Program) -> String {
    refusal(&torch(&program.end(), &[("0", &[0; 16])]))
}

#[test]
fn reads_what_torch_writes() {
    let path = given("data/photomaker.bin");
    let value = read_pickle(&path).expect("torch wrote it");
    let id = |name: &str| tensor(&value, &["id_encoder", name]);
    assert_eq!(
        (id("visual_projection.weight").kind(), id("visual_projection.weight").shape()),
        (Kind::F16, &[2, 3][..])
    );
    assert_eq!(id("visual_projection.weight").to_f32(), [0.0, 0.25, 0.5, 0.75, 1.0, 1.25]);
    assert_eq!((id("turned").kind(), id("turned").shape()), (Kind::Bf16, &[3, 2][..]));
    assert_eq!(id("turned").to_f32(), [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]);
    assert_eq!(id("parameter").to_f32(), [1.5, -2.0]);
    assert_eq!(id("first").to_f32(), [0.0, 1.0, 2.0, 3.0]);
    assert_eq!(
        (id("second").to_f32(), id("second").shape()),
        ((4..12).map(|n| n as f32).collect(), &[2, 4][..])
    );
    assert_eq!((id("scalar").to_f32(), id("scalar").shape()), (vec![0.25], &[][..]));
    assert_eq!(id("vision_model.embeddings.position_ids").kind(), Kind::I64);
    assert_eq!(id("first").owned_bytes() + id("second").owned_bytes(), 0, "they stay in the file");
    assert_eq!(id("turned").owned_bytes(), 12, "made contiguous");
    let open = PhotoMaker::open(&path).expect("it has both dictionaries");
    assert_eq!((open.version, open.lora.len()), (Version::V1, 2));
    assert!(!open.id_encoder.entries().contains_key("vision_model.embeddings.position_ids"));
}

#[test]
fn reads_other_values_and_protocols() {
    let value = read_pickle(&given("data/nested.bin")).expect("torch wrote it");
    let dict = value.dict().expect("a dictionary");
    assert!(matches!(dict["epoch"], Value::Int(3)));
    assert!(matches!(&dict["name"], Value::Text(t) if t == "x"));
    assert!(matches!(dict["lr"], Value::Float(x) if x == 0.5));
    assert!(matches!(dict["flag"], Value::Bool(true)));
    let Value::List(list) = &dict["list"] else { panic!("a list") };
    assert!(matches!(&list[..], [Value::Int(1), Value::None, Value::List(pair)] if pair.len() == 2));
    assert_eq!(tensor(&value, &["state_dict", "weight"]).to_f32(), [1.0; 6]);
    assert_eq!(value.into_tensors().expect("below state_dict").len(), 2);
    let four = read_pickle(&given("data/proto4.bin")).expect("torch wrote it");
    assert_eq!(tensor(&four, &["a"]).to_f32(), [1.0, 1.0]);
    let error = read_pickle(&given("data/legacy.bin")).expect_err("too old");
    assert!(error.to_string().contains("before 1.6"), "{error}");
}

#[test]
fn reads_archives_beyond_4_gib_and_misplaced_data() {
    let folder = Folder::new();
    let program =
        Program::new().op(b"}").text("a").tensor("FloatStorage", "0", 4, 1, &[3], &[1]).op(b"s").end();
    let numbers: Vec<u8> = [1f32, 2.0, 3.0, 4.0].iter().flat_map(|n| n.to_le_bytes()).collect();
    // Names of growing length, so that the data lies at every kind of address.
    for pad in 0..4 {
        for layout in [Layout::Plain, Layout::Wide] {
            let root = "r".repeat(pad + 1);
            let [data, pkl] = ["data/0", "data.pkl"].map(|n| format!("{root}/{n}"));
            let entries = [
                Entry { name: &data, bytes: &numbers, method: 0 },
                Entry { name: &pkl, bytes: &program, method: 0 },
            ];
            let path = folder.write("a.pt", zip(&entries, layout));
            let value = read_pickle(&path).expect("it is whole");
            assert_eq!(tensor(&value, &["a"]).to_f32(), [2.0, 3.0, 4.0], "{pad}");
        }
    }
}

#[test]
fn runs_nothing() {
    for (module, name) in
        [("os", "system"), ("builtins", "eval"), ("torch", "load"), ("torch._utils", "_rebuild_x")]
    {
        let words = refused(Program::new().global(module, name).text("echo pwned").op(b"\x85R"));
        assert!(words.contains(&format!("refused: the file asks to run `{module}.{name}`")), "{words}");
        assert!(words.contains("at byte"), "{words}");
    }
    let stacked = Program::new().op(b"\x8c\x05posix\x8c\x06system\x93");
    assert!(refused(stacked).contains("`posix.system`"));
    // Names are shown without control characters.
    let words = refused(Program::new().global("a\x1b[31m", &"b".repeat(500)));
    assert!(words.len() < 300 && !words.contains('\x1b'), "{words}");
    let instructions: [(&[u8], &str); 10] = [
        (b"(ios\nsystem\n", "INST"),
        (b"(NNo", "OBJ"),
        (b"NN\x81", "NEWOBJ"),
        (b"NNN\x92", "NEWOBJ_EX"),
        (b"\x82\x01", "EXT"),
        (b"N2", "DUP"),
        (b"N0", "POP"),
        (b"P0\n", "PERSID"),
        (b"\x97", "BUFFER"),
        (b"\xff", "0xff"),
    ];
    for (code, wanted) in instructions {
        let words = refused(Program::new().op(code));
        assert!(words.contains("refused") && words.contains(wanted), "{words} for {wanted}");
    }
    assert!(refused(Program::new().op(b"N)R")).contains("no function"));
    assert!(refused(Program::new().global("torch", "FloatStorage").op(b")R")).contains("refused: a call"));
    assert!(refused(Program::new().op(b"]}b")).contains("attributes"));
}

#[test]
fn refuses_broken_programs() {
    let cases: [(&[u8], &str); 14] = [
        (b"", "ends too early"),
        (b"N(", "ends too early"),
        (b".", "nothing left"),
        (b"N(.", "nothing left"),
        (b"t.", "no mark"),
        (b"N\x86.", "nothing left"),
        (b"}Ns.", "nothing left"),
        (b"}(Nu.", "a key without"),
        (b"NNa.", "no list"),
        (b"]NNs.", "no dictionary"),
        (b"h\x07.", "place 7 of the memo"),
        (b"q\x07.", "nothing left"),
        (b"X\xff\xff\xff\xffab", "ends too early"),
        (b"\x8a\xffab", "ends too early"),
    ];
    for (code, wanted) in cases {
        let words = refusal(&torch(&[b"\x80\x02", code].concat(), &[]));
        assert!(words.contains(wanted), "{words} for {wanted} of {code:?}");
    }
    let big = refusal(&torch(&[&b"\x80\x02\x8a\x09"[..], &[1; 9], b"."].concat(), &[]));
    assert!(big.contains("a whole number of 9 bytes"), "{big}");
    for start in [&b"N."[..], b"\x80\x01N.", b"\x80\x06N.", b""] {
        refusal(&torch(start, &[]));
    }
    assert!(refused(Program::new().op(b"}(NNu")).contains("neither text nor"));
    assert!(refused(Program::new().op(b"\x8c\x01\xff")).contains("UTF-8"));
}

#[test]
fn refuses_tensors_outside_of_their_storage() {
    type Case<'a> = (i64, i64, &'a [i64], &'a [i64], &'a str);
    let cases: [Case<'_>; 11] = [
        (5, 0, &[4], &[1], "has 16 of 20 bytes"),
        (i64::MAX, 0, &[4], &[1], "a storage of"),
        (4, 1, &[4], &[1], "outside"),
        (4, i64::MAX, &[4], &[1], "outside"),
        (4, -1, &[4], &[1], "-1 as a size"),
        (4, 0, &[2, 2], &[4, 1], "outside"),
        (4, 0, &[2, 2], &[1], "strides"),
        (4, 0, &[i64::MAX, i64::MAX], &[0, 0], "outside"),
        (4, 0, &[1 << 40], &[0], "repeats its storage"),
        (4, 0, &[2], &[-1], "-1 as a size"),
        (4, 0, &[1; 17], &[1; 17], "17 axes"),
    ];
    for (count, offset, shape, strides, wanted) in cases {
        let words = refused(Program::new().tensor("FloatStorage", "0", count, offset, shape, strides));
        assert!(words.contains(wanted), "{words} for {wanted}");
    }
    assert!(
        refused(Program::new().tensor("FloatStorage", "9", 1, 0, &[1], &[1])).contains("data/9 is missing")
    );
    assert!(
        refused(Program::new().tensor("FloatStorage", "../data.pkl", 1, 0, &[1], &[1]))
            .contains("is missing")
    );
    assert!(refused(Program::new().tensor("Storage", "0", 1, 0, &[1], &[1])).contains("`torch.Storage`"));
    // These are accepted: an empty tensor, an axis of one with any stride, and a type that is not a weight.
    let program = Program::new()
        .op(b"(")
        .tensor("FloatStorage", "0", 4, 4, &[0, i64::MAX], &[1, 1])
        .tensor("FloatStorage", "0", 4, 0, &[1, 4], &[i64::MAX, 1])
        .tensor("ByteStorage", "0", 16, 0, &[16], &[1])
        .op(b"t");
    let folder = Folder::new();
    let path = folder.write("fine.pt", torch(&program.end(), &[("0", &[0; 16])]));
    let Ok(Value::List(all)) = read_pickle(&path) else { panic!("it is fine") };
    assert!(matches!(&all[..], [Value::Tensor(a), Value::Tensor(b), Value::Other(c)]
        if a.is_empty() && b.len() == 4 && c == "ByteStorage[16]"));
}

#[test]
fn stays_small_whatever_a_file_says() {
    // Each list contains the previous one twice: 2^100 values in a hundred lines.
    let mut doubling = Program::new().op(b"]q\0");
    for i in 0..100u8 {
        doubling = doubling.op(&[b']', b'q', i + 1, b'(', b'h', i, b'h', i, b'e']);
    }
    let words = refused(doubling);
    assert!(words.contains("collections deeper than") || words.contains("more values"), "{words}");
    let mut wide = Program::new().op(b"]q\0");
    for i in 0..12u8 {
        wide = wide.op(&[b']', b'q', i + 1, b'(']);
        for _ in 0..10 {
            wide = wide.op(&[b'h', i]);
        }
        wide = wide.op(b"e");
    }
    assert!(refused(wide).contains("more values"));
    let itself = Program::new().op(b"]q\0h\0a");
    assert!(refused(itself).contains("collections deeper"));
    let deep = Program(vec![b']'; 100_000]);
    assert!(refused(Program::new().op(&deep.0).op(&vec![b'a'; 99_999])).contains("collections deeper"));
    let text = "x".repeat(1 << 20);
    let texts = Program::new().op(b"(").text(&text).op(b"q\0").op(&b"h\0".repeat(1000)).op(b"t");
    assert!(refused(texts).contains("more values"));
    // Many transposed tensors over the same storage.
    let place =
        Program::new().tensor("FloatStorage", "0", 1 << 18, 0, &[512, 512], &[1, 512]).0[2..].to_vec();
    let turned = |times: usize| {
        torch(&Program::new().op(b"(").op(&place.repeat(times)).op(b"t").end(), &[("0", &[0; 1 << 20])])
    };
    let folder = Folder::new();
    assert!(read_pickle(&folder.write("once.pt", turned(1))).is_ok());
    assert!(refusal(&turned(500)).contains("repeat the file"));
    let long = vec![b'N'; 20 << 20];
    assert!(refused(Program::new().op(&long)).contains("too long"));
    assert!(refused(Program::new().op(&long[..5 << 20])).contains("more values"));
    assert!(refused(Program::new().op(b"Nr\xff\xff\xff\xffj\xfe\xff\xff\xff")).contains("memo"));
}

#[test]
fn refuses_broken_archives() {
    let program = Program::new().op(b"N").end();
    let entry = |name, bytes, method| Entry { name, bytes, method };
    let pkl = || entry("a/data.pkl", &program, 0);
    let cases = [
        (zip(&[entry("a/data.pkl", &program, 8)], Layout::Plain), "data.pkl is compressed"),
        (zip(&[entry("a/version", b"3", 0)], Layout::Plain), "without data.pkl"),
        (zip(&[pkl(), entry("a/constants.pkl", b"", 0)], Layout::Plain), "TorchScript"),
        (zip(&[pkl(), entry("a/byteorder", b"big", 0)], Layout::Plain), "byte order \"big\""),
        (b"\x80\x02N.".to_vec(), "a bare pickle"),
        (b"hello".to_vec(), "no file of torch.save"),
        (Vec::new(), "no file of torch.save"),
    ];
    for (bytes, wanted) in cases {
        let words = refusal(&bytes);
        assert!(words.contains(wanted), "{words} for {wanted}");
    }
    let data = Program::new().tensor("FloatStorage", "0", 1, 0, &[1], &[1]).end();
    let packed = [entry("a/data.pkl", &data, 0), entry("a/data/0", &[0; 4], 8)];
    assert!(refusal(&zip(&packed, Layout::Plain)).contains("data/0 is compressed"));
    // An entry that claims to be longer than the file.
    let mut long = zip(&[pkl()], Layout::Plain);
    let place = long.windows(4).position(|w| w == b"PK\x01\x02").expect("it has a directory");
    long[place + 20..place + 28].copy_from_slice(&[0xf0, 0xff, 0xff, 0x7f, 0xf0, 0xff, 0xff, 0x7f]);
    assert!(refusal(&long).contains("outside of it"));
    let folder = Folder::new();
    let whole = zip(&[pkl()], Layout::Plain);
    let path = folder.write("cut.pt", &whole[..whole.len() - 30]);
    assert!(matches!(read_pickle(&path), Err(Error::Incomplete { .. })));
}
