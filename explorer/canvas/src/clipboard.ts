// A text for the reader to paste: into the clipboard, or marked where a page may not write there.

/** Whether it is in the clipboard. If not, for want of permission or of https, `shown` is marked. */
export async function copied(text: string, shown: Element): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    getSelection()?.selectAllChildren(shown);
    return false;
  }
}
