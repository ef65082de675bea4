"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const film = document.querySelector("video");
  const now = document.querySelector(".now");
  const links = [...document.querySelectorAll("a[data-frame]")];
  const frameOf = link => Number(link.dataset.frame);

  const within = document.getElementById("film");
  if (within) {
    const letters = atob(within.textContent);
    const bytes = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
    within.remove();
    film.src = URL.createObjectURL(new Blob([bytes], { type: data.mime }));
  }

  // The middle of a frame: whichever way a browser rounds, it is this one.
  const seek = frame => {
    const last = Math.max(0, data.frames - 1);
    film.currentTime = (Math.min(Math.max(0, frame), last) + 0.5) / data.fps;
  };
  const go = link => {
    history.replaceState(null, "", link.getAttribute("href"));
    seek(frameOf(link));
  };
  // #t=72, #t=1:12
  const followHash = () => {
    const found = /^#t=(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d+)?)$/.exec(location.hash);
    if (!found) return;
    const [hours, minutes, secs] = found.slice(1).map(part => Number(part ?? 0));
    seek(Math.floor((hours * 3600 + minutes * 60 + secs) * data.fps + 0.05));
  };
  addEventListener("hashchange", followHash);
  followHash();

  for (const link of links) {
    link.addEventListener("click", event => {
      if (event.metaKey || event.ctrlKey || event.shiftKey || event.button) return;
      event.preventDefault();
      go(link);
    });
  }

  addEventListener("keydown", event => {
    if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, textarea")) return;
    const here = Math.floor(film.currentTime * data.fps);
    const key = event.key.toLowerCase();
    const found = key === "n" ? links.find(link => frameOf(link) > here)
      : key === "p" ? links.findLast(link => frameOf(link) < here) : null;
    if (!found) return;
    event.preventDefault();
    go(found);
    found.focus();
  });

  // The film's pictures show its captions: here they are for those who do not see them.
  const track = film.addTextTrack("captions", "Captions", "en");
  track.mode = "hidden";
  for (const { from, to, text } of data.cues) track.addCue(new VTTCue(from, to, text.replace(/[&<>]/g, sign => `&#${sign.charCodeAt(0)};`)));
  const show = () => {
    const secs = film.currentTime;
    const cue = data.cues.find(cue => cue.from <= secs && secs < cue.to);
    const text = cue ? cue.text : "";
    if (now.textContent !== text) now.textContent = text;
    const here = Math.floor(secs * data.fps);
    const current = links.findLast(link => frameOf(link) <= here);
    for (const link of links) {
      if (link === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  for (const name of ["timeupdate", "seeked", "loadedmetadata"]) film.addEventListener(name, show);
})();
