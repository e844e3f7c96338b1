// Search in pages opened from a folder. Browsers give no worker to file: pages; there the search runs in a frame of
// the page itself, behind the same two doors, `postMessage` and the event `message`. Over HTTP nothing changes.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      const frame = document.createElement("iframe");
      frame.hidden = true;
      frame.title = "search";
      document.body.appendChild(frame);
      const inside = frame.contentWindow;
      inside.postMessage = data => this.dispatchEvent(new MessageEvent("message", {data}));
      inside.importScripts = (...names) => Promise.all(names.map(name => this.load(inside, name)));
      this.load(inside, url).then(() => {
        this.inside = inside;
        this.waiting.splice(0).forEach(data => this.postMessage(data));
      });
    }
    load(inside, url) {
      return new Promise((done, failed) => {
        const script = inside.document.createElement("script");
        script.src = url;
        script.onload = done;
        script.onerror = failed;
        inside.document.head.appendChild(script);
      });
    }
    postMessage(data) {
      if (!this.inside) return this.waiting.push(data);
      this.inside.dispatchEvent(new MessageEvent("message", {data}));
    }
    terminate() {}
  };
}
