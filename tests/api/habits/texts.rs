//! Text from outside: what is refused is refused alike on both engines, and what is taken comes
//! back as it was.

use serde_json::{Value, json};

use crate::harness::TestApp;

/// One line, without what would break it, hide or turn it.
#[apply(on_both_engines!)]
async fn lines_are_clean(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let refused = [
        "\u{0}",
        "a\u{0}b",
        "a\nb",
        "a\rb",
        "a\tb",
        "a\u{1}b",
        "a\u{1b}[31mb",
        "a\u{7f}b",
        "a\u{85}b",
        "a\u{9f}b",
        "a\u{2028}b",
        "a\u{2029}b",
        "a\u{202e}b",
        "a\u{202a}b",
        "a\u{2066}b",
        "a\u{2069}b",
        "a\u{200e}b",
        "a\u{200f}b",
        "a\u{61c}b",
        "",
        " ",
        "\u{3000}",
        "\n",
    ];
    for text in refused {
        mentor
            .patch(&pair.path, json!({"goals_focus": text}))
            .await
            .problem(422, "invalid_value")
            .points_at("/goals_focus");
    }
    let taken = [
        "Speak up",
        "Grüezi",
        "שלום",
        "مرحبا",
        "你好",
        "👩🏽‍💻 leads",
        "e\u{301}",
        "'; drop table pairs; --",
        "<script>alert(1)</script>",
        "=1+1",
        "%00",
        "\\u0000",
        "{{7*7}}",
        "a  b",
        "\u{feff}x",
        "\u{fffd}",
        "\u{10ffff}",
        "\u{e000}",
    ];
    for text in taken {
        mentor.patch(&pair.path, json!({"goals_focus": text})).await.ok().has("/goals_focus", text);
        mentor.get(&pair.path).await.ok().has("/goals_focus", text);
    }
    mentor.patch(&pair.path, json!({"goals_focus": "  trimmed\u{a0} "})).await.ok().has("/goals_focus", "trimmed");
}

/// Several lines, without control characters besides line feed and tab.
#[apply(on_both_engines!)]
async fn prose_is_clean(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    let path = format!("{}/notebook-entries", pair.path);
    for text in ["\u{0}", "a\u{0}b", "a\rb", "a\u{b}b", "a\u{1b}b", "a\u{7f}b", "a\u{80}b", "", " \n\t "] {
        mentor.post(&path, json!({"text": text})).await.problem(422, "invalid_value").points_at("/text");
    }
    for text in ["a\nb", "a\tb", "שלום", "👩🏽‍💻", "'; drop table notebook_entries; --", "a\n\n\nb", "a\u{202e}b"]
    {
        let entry = mentor.post(&path, json!({"text": text})).await.created().has("/text", text);
        mentor.get(entry.header("location")).await.ok().has("/text", text);
    }
    mentor.post(&path, json!({"text": "a\r\nb\r\n"})).await.created().has("/text", "a\nb");
}

/// Lengths count the characters that were sent, not bytes, before trimming.
#[apply(on_both_engines!)]
async fn lengths_count_characters(app: TestApp) {
    let pair = app.pair().await;
    let mentor = app.as_(pair.mentor);
    for letter in ["x", "é", "字", "🎉"] {
        let full = letter.repeat(500);
        mentor.patch(&pair.path, json!({"goals_focus": full})).await.ok().has("/goals_focus", full);
        mentor.patch(&pair.path, json!({"goals_focus": format!("  {}  ", letter.repeat(496))})).await.ok();
        mentor
            .patch(&pair.path, json!({"goals_focus": letter.repeat(501)}))
            .await
            .problem(422, "invalid_value")
            .points_at("/goals_focus");
    }
    let path = format!("{}/notebook-entries", pair.path);
    let full = "🎉".repeat(10_000);
    let entry = mentor.post(&path, json!({"text": full})).await.created();
    assert_eq!(entry.body["text"], Value::from(full));
    mentor.post(&path, json!({"text": "x".repeat(10_001)})).await.problem(422, "invalid_value").points_at("/text");
}
