import type { Colour, Span } from './screen-text.ts'

/** One screen of the recording, from an empty one. */
export interface RecordedScene {
  readonly title: string
  readonly commands: readonly RecordedCommand[]
}

export interface RecordedCommand {
  readonly command: string
  readonly rows: readonly (readonly Span[])[]
}

export const columns = 98

const width = 800
const characterWidth = 7.8
const rowHeight = 18
const left = 18
const top = 58
const fonts = 'ui-monospace,SFMono-Regular,Menlo,Consolas,"Liberation Mono",monospace'

/** In seconds. */
const pace = { word: 0.12, answer: 0.6, row: 0.05, nextCommand: 1.4, nextScene: 4.5 }

interface Piece {
  readonly at: number
  readonly x: number
  readonly row: number
  readonly span: Span
}

interface PlacedScene {
  readonly title: string
  readonly begin: number
  readonly end: number
  readonly pieces: readonly Piece[]
  readonly rows: number
}

/** An animated picture: without scripts, and with nothing from elsewhere, so that GitHub and npm show it. */
export function svgOf(scenes: readonly RecordedScene[]): string {
  const placed: PlacedScene[] = []
  for (const scene of scenes) placed.push(placeScene(scene, placed.at(-1)?.end ?? 0))
  const total = placed.at(-1)?.end ?? 0
  const height = top + Math.max(...placed.map(({ rows }) => rows)) * rowHeight + 10
  const moments = new Moments(total)
  const pictures = placed.map((scene, index) => pictureOf(scene, index === placed.length - 1, moments))
  const commands = scenes.flatMap((scene) => scene.commands.map(({ command }) => command))
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-labelledby="title commands">
<title id="title">The first minutes with the gateway, in a terminal</title>
<desc id="commands">
${commands.map(escaped).join('\n')}
</desc>
<style>
${style(total)}
${moments.rules()}
</style>
<rect class="window" x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8"/>
<path class="bar" d="M1 36.5h${width - 2}"/>
<g class="dim"><circle cx="22" cy="19" r="5"/><circle cx="40" cy="19" r="5"/><circle cx="58" cy="19" r="5"/></g>
${pictures.join('\n')}
</svg>
`
}

function placeScene({ title, commands }: RecordedScene, begin: number): PlacedScene {
  const pieces: Piece[] = []
  let at = begin + 0.5
  let row = 0
  for (const { command, rows } of commands) {
    pieces.push({ at, x: 0, row, span: { text: '$', colour: 'prompt' } })
    for (const line of commandRows(command)) {
      for (const { text, x } of line) {
        at += pace.word
        pieces.push({ at, x, row, span: { text, colour: 'plain' } })
      }
      row += 1
    }
    at += pace.answer
    for (const spans of rows) {
      let x = 0
      for (const span of spans) {
        if (span.text.trim() !== '') pieces.push({ at, x, row, span })
        x += span.text.length
      }
      at += pace.row
      row += 1
    }
    row += rows.length === 0 ? 0 : 1
    at += pace.nextCommand
  }
  return { title, begin, end: at + pace.nextScene, pieces, rows: row }
}

/** Words behind the prompt; what does not fit goes on below. */
function commandRows(command: string): readonly (readonly { text: string; x: number }[])[] {
  const rows: { text: string; x: number }[][] = [[]]
  let x = 2
  for (const text of command.split(' ')) {
    if (x + text.length > columns - 2) {
      rows.at(-1)?.push({ text: '\\', x })
      rows.push([])
      x = 4
    }
    rows.at(-1)?.push({ text, x })
    x += text.length + 1
  }
  return rows
}

function pictureOf({ title, begin, end, pieces }: PlacedScene, isLast: boolean, moments: Moments): string {
  const shown = (at: number) => `${moments.classOf(at, end)}${isLast ? ' last' : ''}`
  const heading = `<text class="dim ${shown(begin)}" x="84" y="24">${escaped(title)}</text>`
  return [heading, ...pieces.map((piece) => pieceOf(piece, shown(piece.at)))].join('\n')
}

/** `textLength`: columns stay aligned in any font. */
function pieceOf({ x, row, span }: Piece, shown: string): string {
  const text = span.text.trimEnd()
  const lead = text.length - text.trimStart().length
  const length = rounded((text.length - lead) * characterWidth)
  const place = `x="${rounded(left + (x + lead) * characterWidth)}" y="${top + row * rowHeight + 4}"`
  const fit = text.length - lead > 1 ? ` textLength="${length}" lengthAdjust="spacingAndGlyphs"` : ''
  const colour: Colour = span.colour
  return `<text class="${colour} ${shown}" ${place}${fit}>${escaped(text.slice(lead))}</text>`
}

/** When something is shown: a rule of the style sheet for each moment. */
class Moments {
  readonly #total: number
  readonly #rules = new Map<string, string>()

  constructor(total: number) {
    this.#total = total
  }

  classOf(begin: number, end: number): string {
    const from = this.#percent(begin)
    const to = this.#percent(end)
    const key = `${from} ${to}`
    const name = this.#rules.get(key) ?? `m${this.#rules.size}`
    this.#rules.set(key, name)
    return name
  }

  rules(): string {
    return [...this.#rules]
      .map(([key, name]) => {
        const [from = '', to = ''] = key.split(' ')
        const before = from === '0' ? '' : '0%{opacity:0}'
        const after = to === '100' ? '100%{opacity:1}' : `${to}%{opacity:0}`
        return `@keyframes ${name}{${before}${from}%{opacity:1}${after}}.${name}{animation-name:${name}}`
      })
      .join('\n')
  }

  #percent(at: number): string {
    return String(rounded((at / this.#total) * 100))
  }
}

function style(total: number): string {
  return `svg{--back:#fff;--line:#d0d7de;--plain:#1f2328;--dim:#59636e;--red:#b42318;--green:#1a7f37;--yellow:#9a6700;--prompt:#0969da}
@media(prefers-color-scheme:dark){svg{--back:#0d1117;--line:#30363d;--plain:#e6edf3;--dim:#8b949e;--red:#ff7b72;--green:#3fb950;--yellow:#d29922;--prompt:#58a6ff}}
text{font:13px ${fonts};white-space:pre;opacity:0;animation:${rounded(total)}s step-end infinite}
.window{fill:var(--back);stroke:var(--line)}.bar{stroke:var(--line)}
${(['plain', 'dim', 'red', 'green', 'yellow', 'prompt'] satisfies Colour[]).map((name) => `.${name}{fill:var(--${name})}`).join('')}
.last{opacity:1}
@media(prefers-reduced-motion:reduce){text{animation:none}}`
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
