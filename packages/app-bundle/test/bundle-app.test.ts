import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'

const built = new URL('../dist/index.js', import.meta.url).href
const [used, lazy, asking, asked] = ['used', 'lazy', 'asking', 'supports-color']
const library = (text: string) => `export const text = '${text}'\n`
const compiled = (name: string, code: string) => ({
  [`build/${name}.js`]: code,
  // Its first line is that of the source.
  [`build/${name}.js.map`]: JSON.stringify({ version: 3, sources: [`../src/${name}.ts`], names: [], mappings: 'AAAA' }),
})

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mtls-gateway-bundle-'))
  const files: Record<string, string> = {
    [`node_modules/${used}/index.js`]: library(used),
    [`node_modules/${lazy}/index.js`]: library(lazy),
    [`node_modules/${asking}/index.js`]: `try { await import('${asked}') } catch {}`,
    [`node_modules/${asked}/index.js`]: "module.exports = 'that of a tool'",
    ...compiled(
      'main',
      `import '${asking}'; import { text } from '${used}'; console.log(text, process.argv[2] === 'all' && (await import('${lazy}')).text)`,
    ),
    ...compiled('worker', `import { text } from '${used}'; console.log('worker', text)`),
    'dist/stale.js': '',
    'bundle.js': `
      import { bundleApp } from '${built}'
      const bundles = [{ main: './build/main.js' }, { 'a-worker': './build/worker.js' }]
      await bundleApp({ directory: import.meta.dirname, bundles })`,
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true })
    await writeFile(join(directory, name), content)
  }
  for (const name of [used, lazy]) {
    await writeFile(join(directory, 'node_modules', name, 'package.json'), '{"type":"module","exports":"./index.js"}')
  }
  await writeFile(join(directory, 'node_modules', asking, 'package.json'), '{"type":"module","exports":"./index.js"}')
  await writeFile(join(directory, 'package.json'), '{"type":"module"}')
  await run(join(directory, 'bundle.js'))
})

afterAll(() => rm(directory, { recursive: true, force: true }))

const dist = (...names: string[]) => join(directory, 'dist', ...names)
const textOf = (name: string) => readFile(dist(name), 'utf8')
const run = async (script: string, ...words: string[]) =>
  (await promisify(execFile)(process.execPath, [script, ...words])).stdout.trim()

describe('the bundle of an app', () => {
  it('runs, with what is imported on demand', async () => {
    expect(await run(dist('main.js'))).toBe('used false')
    expect(await run(dist('main.js'), 'all')).toBe('used lazy')
  })

  it('needs neither the libraries nor what the compiler has made', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'mtls-gateway-bundle-'))
    await cp(dist(), join(elsewhere, 'dist'), { recursive: true })
    await writeFile(join(elsewhere, 'package.json'), '{"type":"module"}')
    expect(await run(join(elsewhere, 'dist', 'main.js'), 'all')).toBe('used lazy')
    await rm(elsewhere, { recursive: true })
  })

  it('keeps apart what is imported on demand', async () => {
    const files = (await readdir(dist())).filter((name) => name.endsWith('.js'))
    const holding = []
    for (const name of files) if ((await textOf(name)).includes('lazy/index.js')) holding.push(name)
    expect(holding).toHaveLength(1)
    expect(await textOf('main.js')).not.toContain('lazy/index.js')
  })

  it('is the same whether or not tools have installed what libraries only ask for', async () => {
    const contents = async () => {
      const names = (await readdir(dist())).sort()
      return Promise.all(names.map(async (name) => ({ name, text: await textOf(name) })))
    }
    const before = await contents()
    await rm(join(directory, 'node_modules', asked), { recursive: true })
    await run(join(directory, 'bundle.js'))
    expect(await contents()).toEqual(before)
  })

  it('has source maps that lead to sources of our own, and none of libraries', async () => {
    expect(JSON.parse(await textOf('main.js.map'))).toMatchObject({ sources: ['../src/main.ts'] })
    expect(await textOf('main.js')).toMatch(/\/\/# sourceMappingURL=main\.js\.map\n$/)
    const libraries = (await readdir(dist())).filter((name) => name.startsWith('libraries-'))
    expect(libraries.length).toBeGreaterThan(0)
    expect(libraries.filter((name) => name.endsWith('.map'))).toEqual([])
  })

  it('has each worker in a script of its own, and leaves nothing of the last build', async () => {
    expect(await run(dist('a-worker.js'))).toBe('worker used')
    expect(await textOf('main.js')).not.toContain('worker')
    expect(await readdir(dist())).not.toContain('stale.js')
  })
})
