/* Files that are given to the page: dropped anywhere on it, pasted, or chosen. */

/** Calls `open` with the files, an Array of one or more, that come over an area or by the input in it. */
export function onFiles(area, input, open) {
  const given = (files) => files?.length && open([...files]);
  input.addEventListener("change", () => given(input.files));
  addEventListener("paste", (event) => given(event.clipboardData?.files));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    area.classList.add("over");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? area.classList.remove("over"));
  addEventListener("drop", (event) => {
    event.preventDefault();
    area.classList.remove("over");
    given(event.dataTransfer.files);
  });
}
