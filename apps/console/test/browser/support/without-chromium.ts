/** Ends a run before its first test. */
export default function withoutChromium(): never {
  throw new Error('There is no Chromium on the PATH. Install one: apt-get install --no-install-recommends chromium')
}
