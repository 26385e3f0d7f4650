import { spawnSync } from 'node:child_process'

/** What `promtool check metrics` objects to in an answer of `/metrics`. */
export function objectionsOfPromtool(text: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  return status === 0 || lines.length > 0 ? lines : [`promtool ended with ${status}`]
}
