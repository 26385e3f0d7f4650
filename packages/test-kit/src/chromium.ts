import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'

export const chromiumNames = ['chromium-headless-shell', 'chromium', 'chromium-browser', 'google-chrome']

/** The path of a Chromium that is on the PATH and starts. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  const places = chromiumNames.flatMap((name) => folders.map((folder) => join(folder, name)))
  // Ubuntu has a script there that only says where to get one.
  return places.find((path) => existsSync(path) && spawnSync(path, ['--version']).status === 0)
}
