// Reads the QR code of a ticket by the camera or from a photo, and types it into the form. Nothing of a picture is sent.
document.addEventListener("DOMContentLoaded", () => {
  const camera = document.getElementById("camera");
  const form = document.getElementById("reading");
  if (!camera || !form) return;
  const words = camera.dataset;
  const view = document.getElementById("view");
  const status = document.getElementById("camera-status");
  const start = document.getElementById("start");
  const stop = document.getElementById("stop");
  const photo = document.getElementById("photo");
  const code = document.getElementById("code");
  const PAUSE = 200; // milliseconds between two looks
  const SAME_AGAIN = 4000; // so long a code that was just read is not sent once more
  const SIDE = 1280; // pixels: enough for a code, little enough for a phone
  let stream = null;
  let last = { text: "", at: 0 };
  let sent = null; // the code that is on its way

  const say = (text) => {
    status.textContent = text;
  };

  const script = () => {
    const made = document.createElement("script");
    made.src = words.reader;
    const loaded = new Promise((resolve, reject) => {
      made.addEventListener("load", () => resolve(globalThis.jsQR));
      made.addEventListener("error", reject);
    });
    document.head.append(made);
    return loaded;
  };

  // The browser's own reader where it has one, else the one that we bring.
  const chosen = async () => {
    if ("BarcodeDetector" in globalThis) {
      const formats = await BarcodeDetector.getSupportedFormats().catch(() => []);
      if (formats.includes("qr_code")) {
        const detector = new BarcodeDetector({ formats: ["qr_code"] });
        return async (source) => (await detector.detect(source))[0]?.rawValue ?? "";
      }
    }
    const jsQR = await script();
    const canvas = document.createElement("canvas");
    return async (source) => {
      const [width, height] = [source.videoWidth || source.width, source.videoHeight || source.height];
      const scale = Math.min(1, SIDE / Math.max(width, height));
      [canvas.width, canvas.height] = [Math.round(width * scale), Math.round(height * scale)];
      if (!canvas.width || !canvas.height) return "";
      const paper = canvas.getContext("2d", { willReadFrequently: true });
      paper.fillStyle = "white";
      paper.fillRect(0, 0, canvas.width, canvas.height);
      paper.drawImage(source, 0, 0, canvas.width, canvas.height);
      const pixels = paper.getImageData(0, 0, canvas.width, canvas.height);
      return jsQR(pixels.data, pixels.width, pixels.height)?.data ?? "";
    };
  };
  let reader = null;
  const read = async (source) => {
    reader ??= chosen();
    return (await reader)(source);
  };

  const send = (text) => {
    const now = Date.now();
    if (!text || (text === last.text && now - last.at < SAME_AGAIN)) return;
    last = { text, at: now };
    navigator.vibrate?.(80);
    code.value = text;
    delete form.dataset.sent;
    form.requestSubmit();
  };

  const look = async () => {
    if (!stream) return;
    if (view.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA && !document.hidden) {
      send(await read(view).catch(() => ""));
    }
    setTimeout(look, PAUSE);
  };

  const show = (isOn) => {
    view.classList.toggle("hidden", !isOn);
    start.hidden = isOn;
    stop.hidden = !isOn;
  };

  const end = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    show(false);
    say("");
  };

  start.addEventListener("click", async () => {
    if (!navigator.mediaDevices?.getUserMedia) {
      say(words.missing);
      return;
    }
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" }, audio: false });
    } catch (error) {
      say(error.name === "NotAllowedError" ? words.denied : words.missing);
      return;
    }
    view.srcObject = stream;
    show(true);
    say(words.reading);
    await view.play();
    stop.focus();
    look();
  });
  stop.addEventListener("click", () => {
    end();
    start.focus();
  });
  addEventListener("pagehide", end);

  photo.addEventListener("change", async () => {
    const [file] = photo.files;
    if (!file) return;
    let text = "";
    try {
      text = await read(await createImageBitmap(file));
    } catch {
      // A file that is no picture has no code either.
    }
    photo.value = "";
    say(text ? "" : words.unread);
    send(text);
  });

  // On a slow line: Enter twice is the same ticket, which is sent once. Another one waits for its turn; its scanner
  // types over the code that is on its way.
  document.addEventListener(
    "submit",
    (event) => {
      if (event.target !== form || sent === null || code.value !== sent) return;
      event.preventDefault();
      event.stopPropagation();
    },
    true,
  );
  document.addEventListener("htmx:beforeSend", ({ detail }) => {
    if (detail.elt !== form) return;
    sent = code.value;
    if (document.activeElement === code) code.select();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.elt === form) sent = null;
  });

  // The next ticket: the field is empty and has the focus, for scanners that type. A code that nobody knows stays to be
  // put right, and is chosen, so that the next one takes its place; what was typed meanwhile stays as it is.
  document.addEventListener("htmx:afterSwap", () => {
    delete form.dataset.sent;
    if (sent !== null && code.value !== sent) return;
    const isKnown = document.querySelector("#arrival [data-outcome]");
    if (isKnown) code.value = "";
    code.focus({ preventScroll: true });
    code.select();
  });
  document.addEventListener("htmx:sendError", () => delete form.dataset.sent);
  code.focus({ preventScroll: true });
});
