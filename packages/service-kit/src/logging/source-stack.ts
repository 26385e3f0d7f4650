import { readdirSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'

/** The folder of the app's bundles, including this file. No other files are read. */
const bundles = new URL('.', import.meta.url).href
/** Source maps by script url, undefined until read. Only for scripts that have one, whatever a stack says. */
let maps: Map<string, SourceMap | undefined> | undefined

/**
 * Translates places in bundles to places in our sources. Source maps are read when the first stack is logged: Node's
 * own support (`--enable-source-maps`) reads all of them at start, which takes a quarter of the start's time.
 */
export function sourceStack(stack: string): string {
  if (!stack.includes(bundles)) return stack
  return stack.split('\n').map(sourceFrame).join('\n')
}

/** `    at name (file:///…/main.js:12:3)`, or without name and parentheses. */
function sourceFrame(frame: string): string {
  const start = frame.lastIndexOf(bundles)
  if (start === -1 || !frame.startsWith('    at ')) return frame
  const end = frame.endsWith(')') ? frame.length - 1 : frame.length
  const [script = '', line, column] = splitPlace(frame.slice(start, end))
  const origin = mapOf(script)?.findEntry(Number(line) - 1, Number(column) - 1)
  if (origin === undefined || !('originalSource' in origin)) return frame
  const source = new URL(origin.originalSource, script).href
  const place = `${source}:${origin.originalLine + 1}:${origin.originalColumn + 1}`
  return frame.slice(0, start) + place + frame.slice(end)
}

function splitPlace(place: string): readonly string[] {
  const column = place.lastIndexOf(':')
  const line = place.lastIndexOf(':', column - 1)
  return [place.slice(0, line), place.slice(line + 1, column), place.slice(column + 1)]
}

function mapOf(script: string): SourceMap | undefined {
  maps ??= new Map(mappedScripts().map((url) => [url, undefined]))
  if (!maps.has(script)) return undefined
  const known = maps.get(script)
  if (known !== undefined) return known
  const map = new SourceMap(JSON.parse(readFileSync(new URL(`${script}.map`), 'utf8')))
  maps.set(script, map)
  return map
}

function mappedScripts(): readonly string[] {
  const files = readdirSync(new URL(bundles), { encoding: 'utf8', recursive: true })
  return files.filter((name) => name.endsWith('.js.map')).map((name) => bundles + name.slice(0, -'.map'.length))
}
