//! The kinds of damage, one by one, on a small session.

use session_recovery_salvage::{Damage, DamageKind, Encoding, Salvaged, Salvager, salvage};

const SESSION: &str = r#"{
  "session_id": "a",
  "message_count": 3,
  "messages": [
    {
      "role": "user",
      "content": "one",
      "timestamp": 1
    },
    {
      "role": "assistant",
      "content": "two",
      "timestamp": 2
    },
    {
      "role": "user",
      "content": "three",
      "timestamp": 3
    }
  ],
  "tool_calls": []
}"#;

/// Where a part of the session is.
fn at(part: &str) -> usize {
    SESSION.find(part).unwrap()
}

fn only_damage(salvaged: &Salvaged) -> Damage {
    let [damage] = *salvaged.damages else {
        panic!("{salvaged:?}");
    };
    damage
}

/// How many messages each document has.
fn counts(salvaged: &Salvaged) -> Vec<u32> {
    let documents = salvaged.documents.iter();
    documents
        .map(session_recovery_salvage::Document::messages)
        .collect()
}

fn check(bytes: &[u8], wanted: &[u32], kind: DamageKind, place: usize, length: usize) -> Salvaged {
    let salvaged = salvage(bytes);
    assert_eq!(counts(&salvaged), wanted, "{salvaged:?}");
    let (at, length) = (place as u64, length as u64);
    assert_eq!(only_damage(&salvaged), Damage { kind, at, length });
    assert!(!salvaged.is_whole);
    salvaged
}

#[test]
fn a_whole_file_is_whole() {
    let salvaged = salvage(SESSION.as_bytes());
    assert!(salvaged.is_whole);
    assert_eq!(counts(&salvaged), [3]);
    assert_eq!(salvaged.damages, []);
    let spaced = [SESSION.as_bytes(), b"\n\n"].concat();
    assert!(salvage(&spaced).is_whole);
}

#[test]
fn cut_off() {
    for (end, messages) in [
        ("one", 0),
        ("\"two", 1),
        (",\n    {\n      \"role\": \"assistant", 1),
        ("  ],", 3),
    ] {
        let end = at(end);
        let salvaged = check(
            &SESSION.as_bytes()[..end],
            &[messages],
            DamageKind::CutOff,
            end,
            0,
        );
        let document = &salvaged.documents[0];
        assert!(document.has_beginning && !document.has_end);
        assert_eq!(document.message_count.as_ref().unwrap().value, 3);
    }
}

#[test]
fn nuls() {
    let end = at("two");
    let mut bytes = SESSION.as_bytes()[..end].to_vec();
    bytes.extend([0; 512]);
    check(&bytes, &[1], DamageKind::NulsAtEnd, end, 512);
    let mut bytes = SESSION.as_bytes().to_vec();
    bytes.extend([0; 512]);
    check(&bytes, &[3], DamageKind::NulsAtEnd, SESSION.len(), 512);
    let mut bytes = SESSION.as_bytes().to_vec();
    bytes[end..end + 5].fill(0);
    let next = at("{\n      \"role\": \"user\",\n      \"content\": \"three");
    check(&bytes, &[2], DamageKind::Nuls(5), end, next - end);
}

#[test]
fn a_bad_byte() {
    let place = at("two");
    let mut bytes = SESSION.as_bytes().to_vec();
    bytes[place] = 0xff;
    let next = at("{\n      \"role\": \"user\",\n      \"content\": \"three");
    check(&bytes, &[2], DamageKind::Unreadable, place, next - place);
}

#[test]
fn a_text_that_seems_to_end_too_early() {
    let session = SESSION.replace("\"two\"", "\"two },{ }\"");
    assert_eq!(salvage(session.as_bytes()).messages(), 3);
    let bytes = session.replace("two }", "two\"}");
    assert_eq!(counts(&salvage(bytes.as_bytes())), [2]);
}

#[test]
fn messages_without_the_keys_of_one() {
    for message in [r#"{"text":"hello"}"#, r#""hello""#, "[1]"] {
        let messages = [message; 5].join(",");
        let cut = format!(r#"{{"messages":[{messages},{{""#);
        assert_eq!(counts(&salvage(cut.as_bytes())), [5], "{message}");
    }
}

#[test]
fn something_behind() {
    for garbage in ["}", "]", "\"", ",", "x", "{", "[]", "{\"messages"] {
        let bytes = [SESSION, garbage].concat();
        let length = garbage.len();
        check(
            bytes.as_bytes(),
            &[3],
            DamageKind::Garbage,
            SESSION.len(),
            length,
        );
    }
}

#[test]
fn two_documents() {
    let bytes = [SESSION, "\n", SESSION].concat();
    let salvaged = check(
        bytes.as_bytes(),
        &[3, 3],
        DamageKind::AnotherDocument,
        SESSION.len() + 1,
        0,
    );
    assert!(
        salvaged
            .documents
            .iter()
            .all(|document| document.has_beginning)
    );
}

#[test]
fn a_document_behind_one_that_was_cut_off() {
    let compact = SESSION.replace('\n', "").replace("  ", "");
    for session in [SESSION, &compact] {
        for part in ["{\"role\": \"assistant", "\"content\": \"two", "two"] {
            let part = if session == SESSION {
                part.replace("{\"", "{\n      \"")
            } else {
                part.to_owned()
            };
            let end = session.find(&part).unwrap();
            let bytes = [&session[..end], session].concat();
            let salvaged = salvage(bytes.as_bytes());
            assert_eq!(counts(&salvaged), [1, 3], "{part}: {salvaged:?}");
            assert_eq!(
                salvaged.documents[1].message_count.as_ref().unwrap().value,
                3
            );
        }
    }
}

#[test]
fn a_document_where_a_value_is_expected() {
    for part in ["\"one\"", "[]", "\"a\"", "1\n"] {
        let end = at(part);
        let bytes = [&SESSION[..end], SESSION].concat();
        let salvaged = salvage(bytes.as_bytes());
        let first = u32::from(part == "[]") * 3;
        assert_eq!(counts(&salvaged), [first, 3], "{part}: {salvaged:?}");
        assert!(
            salvaged
                .documents
                .iter()
                .all(|document| document.has_beginning)
        );
        let compact = |text: &str| text.replace('\n', "").replace("  ", "");
        let bytes = compact(&SESSION[..end]) + &compact(SESSION);
        assert_eq!(counts(&salvage(bytes.as_bytes())), [first, 3], "{part}");
        // As a value, it is one.
        let whole = SESSION.replacen(part.trim_end(), SESSION, 1);
        let salvaged = salvage(whole.as_bytes());
        assert!(salvaged.is_whole, "{part}: {salvaged:?}");
        assert_eq!(counts(&salvaged), [3]);
    }
}

#[test]
fn an_element_that_looks_like_a_session_is_an_element() {
    let element = r#"{"session_id": "b", "messages": [{"role": "user", "content": "x"}]}"#;
    let session = format!(r#"{{"messages": [{element}, 1, {element}], "title": "x"}}"#);
    let salvaged = salvage(session.as_bytes());
    assert!(salvaged.is_whole);
    assert_eq!(counts(&salvaged), [3]);
}

#[test]
fn a_shorter_save_over_a_longer_one() {
    let shorter = SESSION.replace("three", "3").replace(",\n    {\n      \"role\": \"assistant\",\n      \"content\": \"two\",\n      \"timestamp\": 2\n    }", "");
    let bytes = [&shorter, &SESSION[shorter.len()..]].concat();
    let salvaged = salvage(bytes.as_bytes());
    assert!(salvaged.documents[0].has_beginning);
    assert_eq!(counts(&salvaged)[0], 2);
    assert_eq!(only_damage(&salvaged).kind, DamageKind::Garbage);
}

#[test]
fn no_beginning() {
    let start = at("content\": \"one");
    let next = at("{\n      \"role\": \"assistant");
    let salvaged = check(
        &SESSION.as_bytes()[start..],
        &[2],
        DamageKind::NoBeginning,
        0,
        next - start,
    );
    let document = &salvaged.documents[0];
    assert!(!document.has_beginning && document.has_end);
    assert_eq!(document.head, []);
    let tail = document.tail[0].clone();
    let tail = usize::try_from(tail.start).unwrap()..usize::try_from(tail.end).unwrap();
    assert_eq!(SESSION[start..][tail].trim_end(), "\"tool_calls\": []");
}

#[test]
fn edited_by_hand() {
    let bytes = SESSION.replacen("    }\n  ]", "    },\n  ]", 1);
    let place = bytes.find("\n  ]").unwrap() + 3;
    check(bytes.as_bytes(), &[3], DamageKind::TrailingComma, place, 1);
    let comment = "// as it was\n";
    let place = at("{\n      \"role\": \"assistant");
    let mut bytes = SESSION.to_owned();
    bytes.insert_str(place, comment);
    let salvaged = check(
        bytes.as_bytes(),
        &[3],
        DamageKind::Comment,
        place,
        comment.len(),
    );
    assert_eq!(salvaged.documents[0].regions.len(), 2);
    let bytes = SESSION.replace("\"two\",", "\"two\", /* ! */");
    assert_eq!(counts(&salvage(bytes.as_bytes())), [2]);
}

#[test]
fn other_encodings() {
    let bytes = [b"\xef\xbb\xbf", SESSION.as_bytes()].concat();
    let salvaged = salvage(&bytes);
    assert_eq!(salvaged.encoding, Encoding::Utf8WithMark);
    assert!(salvaged.is_whole);
    for (is_little, has_mark) in [(true, true), (true, false), (false, true), (false, false)] {
        let encode = |unit: u16| {
            if is_little {
                unit.to_le_bytes()
            } else {
                unit.to_be_bytes()
            }
        };
        let mark = if has_mark { "\u{feff}" } else { "" };
        let text = [mark, &SESSION.replace("two", "日本語 🙂")].concat();
        let bytes: Vec<_> = text.encode_utf16().flat_map(encode).collect();
        let salvaged = salvage(&bytes);
        let wanted = Encoding::Utf16 {
            is_little,
            has_mark,
        };
        assert_eq!((salvaged.encoding, salvaged.is_whole), (wanted, true));
        assert_eq!(counts(&salvage(&bytes[..bytes.len() - 1])), [3]);
    }
}

#[test]
fn a_compressed_file_is_not_read() {
    let bytes = [b"\x1f\x8b", SESSION.as_bytes()].concat();
    for bytes in [&bytes[..2], &bytes] {
        let wanted = Salvaged {
            encoding: Encoding::Gzip,
            ..Salvaged::default()
        };
        assert_eq!(salvage(bytes), wanted);
    }
    let mut salvager = Salvager::default();
    salvager.feed(&bytes[..1]);
    assert!(!salvager.is_settled());
    salvager.feed(&bytes[1..4]);
    assert!(salvager.is_settled());
    assert!(salvager.steps() == 0);
}

#[test]
fn what_is_no_session_has_no_messages() {
    for bytes in [
        &b""[..],
        b" ",
        b"\0\0\0\0",
        b"[]",
        b"1",
        b"null",
        b"{}",
        b"{\"messages\": {}}",
        b"\xff",
    ] {
        let salvaged = salvage(bytes);
        assert_eq!(salvaged.messages(), 0, "{}", bytes.escape_ascii());
        assert!(!salvaged.is_whole);
    }
}

#[test]
fn the_messages_of_a_nested_object_are_none() {
    let nested = r#"{
      "role": "assistant",
      "content": "b",
      "timestamp": 2.0,
      "tool_calls": [
        {
          "args": {
            "messages": [
              {
                "role": "user",
                "content": "nested",
                "timestamp": 3.0
              }
            ]
          }
        }
      ]
    }"#;
    let first =
        "{\n      \"role\": \"user\",\n      \"content\": \"a\",\n      \"timestamp\": 1.0\n    }";
    let session = format!(
        "{{\n  \"session_id\": \"x\",\n  \"messages\": [\n    {first},\n    {nested},\n    {first}\n  ]\n}}"
    );
    assert_eq!(salvage(session.as_bytes()).messages(), 3);
    let flipped = session.replace("\"args\": {", "\"args\":`{");
    let found = salvage(flipped.as_bytes());
    assert_eq!(counts(&found), [2], "{found:?}");
}

#[test]
fn the_messages_of_a_nested_object_are_none_in_one_line_either() {
    let nested = r#"{"messages":[{"role":"user","content":"nested","timestamp":3.0}]}"#;
    let first =
        format!(r#"{{"role":"user","k":1,"inner":{nested},"content":"a","timestamp":1.0}}"#);
    let session = format!(r#"{{"session_id":"x","messages":[{first},{first}],"tool_calls":[]}}"#);
    assert_eq!(salvage(session.as_bytes()).messages(), 2);
    let damaged = session.replacen("\"k\"", "\"\0\"", 1);
    let found = salvage(damaged.as_bytes());
    for document in &found.documents {
        for region in &document.regions {
            let start = usize::try_from(region.start).unwrap();
            assert!(
                damaged[start..].starts_with(r#"{"role":"user","k""#),
                "{found:?}"
            );
        }
    }
}
