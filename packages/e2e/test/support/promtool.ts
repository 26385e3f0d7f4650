import { spawnSync } from 'node:child_process'

/** Debian's package `prometheus` has it. */
export function hasPromtool(): boolean {
  const isThere = spawnSync('promtool', ['--version']).status === 0
  if (!isThere && process.env.CI !== undefined) throw new Error('promtool is missing: install Prometheus')
  if (!isThere) console.warn('skipped: promtool is missing; the package prometheus has it')
  return isThere
}

/** What `promtool check metrics` objects to in an answer of `/metrics`. */
export function objectionsOfPromtool(text: string): readonly string[] {
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' })
  const lines = `${stdout}${stderr}`.split('\n').filter((line) => line !== '')
  return status === 0 || lines.length > 0 ? lines : [`promtool ended with ${status}`]
}
