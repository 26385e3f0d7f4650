import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { Mermaid } from './mermaid.ts'

/** Draws diagrams on a page: `drawn`, or what Mermaid throws, for each. */
export async function renderDiagrams(
  chromium: string,
  { file }: Mermaid,
  diagrams: readonly string[],
): Promise<unknown> {
  const directory = await mkdtemp(join(tmpdir(), 'diagrams-'))
  try {
    const page = join(directory, 'page.html')
    await writeFile(page, pageOf(pathToFileURL(file).href, diagrams))
    // Without a sandbox: in a container it has none to use, and the page is our own.
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--virtual-time-budget=20000', '--dump-dom']
    const { stdout } = await promisify(execFile)(chromium, [...flags, pathToFileURL(page).href], { maxBuffer: 2 ** 26 })
    return JSON.parse(decodeURIComponent(/<title>(.*?)<\/title>/.exec(stdout)?.[1] ?? 'null'))
  } finally {
    await rm(directory, { recursive: true })
  }
}

function pageOf(script: string, diagrams: readonly string[]): string {
  const texts = encodeURIComponent(JSON.stringify(diagrams)).replaceAll("'", '%27')
  return `<!doctype html><meta charset="utf-8"><body><script src="${script}"></script><script type="module">
    mermaid.initialize({ startOnLoad: false })
    const drawn = []
    for (const text of JSON.parse(decodeURIComponent('${texts}'))) {
      try {
        const { svg } = await mermaid.render('diagram-' + drawn.length, text)
        document.body.insertAdjacentHTML('beforeend', svg)
        drawn.push('drawn')
      } catch (error) {
        drawn.push(String(error))
      }
    }
    document.title = encodeURIComponent(JSON.stringify(drawn))
  </script>`
}
