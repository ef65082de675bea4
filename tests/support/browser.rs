//! Chromium without a window, spoken to by its debugging protocol through two named pipes.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

/// A browser with one page.
pub struct Browser {
    child: Child,
    to: File,
    from: BufReader<File>,
    session: Value,
    next: u64,
    /// What it told of meanwhile: method and parameters.
    pub told: Vec<(String, Value)>,
    _profile: TempDir,
}

impl Browser {
    /// A browser, unless there is none here.
    pub fn open() -> Option<Self> {
        Command::new("chromium").arg("--version").output().ok()?;
        let profile = tempfile::tempdir().unwrap();
        let pipe = |name: &str| profile.path().join(name);
        let made = Command::new("mkfifo").args([pipe("to"), pipe("from")]).status();
        assert!(made.is_ok_and(|status| status.success()), "named pipes");
        // It reads from descriptor 3 and writes to 4.
        let script = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
                      --hide-scrollbars --user-data-dir=\"$0/profile\" --remote-debugging-pipe about:blank 3<\"$0/to\" 4>\"$0/from\"";
        let child = Command::new("sh")
            .args(["-c", script])
            .arg(profile.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut browser = Self {
            child,
            to: File::options().write(true).open(pipe("to")).unwrap(),
            from: BufReader::new(File::open(pipe("from")).unwrap()),
            session: Value::Null,
            next: 0,
            told: Vec::new(),
            _profile: profile,
        };
        let page = browser.call("Target.createTarget", json!({"url": "about:blank"}));
        let attached = browser.call(
            "Target.attachToTarget",
            json!({"targetId": page["targetId"], "flatten": true}),
        );
        browser.session = attached["sessionId"].clone();
        for domain in ["Page", "Runtime", "Network", "Log"] {
            browser.call(&format!("{domain}.enable"), json!({}));
        }
        Some(browser)
    }

    /// Calls a method and waits for its result.
    pub fn call(&mut self, method: &str, params: Value) -> Value {
        self.next += 1;
        let id = self.next;
        let mut message = json!({"id": id, "method": method, "params": params});
        if !self.session.is_null() {
            message["sessionId"] = self.session.clone();
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(b"\0").unwrap();
        loop {
            let message = self.message();
            if message["id"] == id {
                assert!(message["error"].is_null(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// The next message; what it tells of is kept.
    fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        assert!(!bytes.is_empty(), "the browser ended");
        bytes.pop();
        let message: Value = serde_json::from_slice(&bytes).unwrap();
        if let Some(method) = message["method"].as_str() {
            self.told.push((method.to_owned(), message["params"].clone()));
        }
        message
    }

    /// Opens a page, and waits until it is there.
    pub fn go(&mut self, url: &str) {
        // From another page, so that a link to a moment loads it again.
        for url in ["about:blank", url] {
            self.told.clear();
            self.call("Page.navigate", json!({"url": url}));
            while !self.told.iter().any(|(method, _)| method == "Page.loadEventFired") {
                self.message();
            }
        }
    }

    /// The value of an expression, once it has one.
    pub fn value(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let result = self.call("Runtime.evaluate", params);
        assert!(result["exceptionDetails"].is_null(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Clicks the middle of the first thing that a selector finds.
    pub fn click(&mut self, selector: &str) {
        let middle = self.value(&format!(
            "(() => {{ const found = document.querySelector({selector:?}); found.scrollIntoView({{block: 'center'}}); \
             const box = found.getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2]; }})()"
        ));
        for kind in ["mousePressed", "mouseReleased"] {
            let params = json!({"type": kind, "x": middle[0], "y": middle[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", params);
        }
    }

    /// Presses a key.
    pub fn press(&mut self, key: &str, code: u32) {
        let text = if key == "Enter" { "\r" } else { "" };
        for kind in ["keyDown", "keyUp"] {
            let params = json!({"type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code});
            self.call("Input.dispatchKeyEvent", params);
        }
    }

    /// A display of this width and height, and colours: `dark` or `light`.
    pub fn display(&mut self, [width, height]: [u32; 2], scheme: &str) {
        let params = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.call("Emulation.setDeviceMetricsOverride", params);
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        self.call("Emulation.setEmulatedMedia", features);
    }

    /// A picture of the whole page, as a PNG file.
    pub fn screenshot(&mut self, path: &Path) {
        let params = json!({"format": "png", "captureBeyondViewport": true});
        let shot = self.call("Page.captureScreenshot", params);
        let decode = Command::new("base64")
            .arg("-d")
            .stdin(Stdio::piped())
            .stdout(File::create(path).unwrap())
            .spawn();
        let mut decode = decode.unwrap();
        let mut stdin = decode.stdin.take().unwrap();
        stdin.write_all(shot["data"].as_str().unwrap().as_bytes()).unwrap();
        drop(stdin);
        assert!(decode.wait().unwrap().success());
    }

    /// What it asked for, and complaints on its console.
    pub fn requests_and_complaints(&self) -> (Vec<String>, Vec<String>) {
        let of = |method: &str| -> Vec<Value> {
            let found = self.told.iter().filter(|(told, _)| told == method);
            found.map(|(_, params)| params.clone()).collect()
        };
        let requests = of("Network.requestWillBeSent");
        let requests = requests
            .iter()
            .map(|params| params["request"]["url"].as_str().unwrap().to_owned());
        let mut complaints: Vec<Value> = of("Runtime.exceptionThrown");
        complaints.extend(of("Log.entryAdded"));
        complaints.extend(of("Runtime.consoleAPICalled"));
        (requests.collect(), complaints.iter().map(Value::to_string).collect())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
