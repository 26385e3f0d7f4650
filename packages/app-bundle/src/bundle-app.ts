import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type OutputChunk, rolldown } from 'rolldown'
import { compiledSources } from './compiled-sources.ts'

/** Scripts by what they are called in `dist`, without the extension. */
type Entries = Readonly<Record<string, string>>

export interface AppBundle {
  /** The app's directory. */
  readonly directory: string
  /** Each list is a bundle of its own: a worker process reads no file that another process runs. */
  readonly bundles: readonly Entries[]
}

/**
 * What libraries ask for where it is installed, and in production it is not: what else a machine has makes no other
 * bundle of the same sources.
 */
const absent = [
  /^@nestjs\/(microservices|websockets|platform-express)(\/|$)/,
  /^@fastify\/(cors|view)$/,
  /^@scalar\//,
  /^class-(transformer|validator)(\/|$)/,
  'ts-morph',
  // `debug` asks for it, and tools of ours install it.
  'supports-color',
]

/** Barrels that are imported for a few of their files, and don't say that the others do nothing by themselves. */
const inert = /[\\/]node_modules[\\/](@nestjs[\\/]swagger|rxjs)[\\/]/

const isLibrary = (id: string) => /[\\/]node_modules[\\/]/.test(id)

/** Fills `dist` with bundles. Code of our own has source maps; that of libraries would make them slow to load. */
export async function bundleApp({ directory, bundles }: AppBundle): Promise<void> {
  const dist = join(directory, 'dist')
  await rm(dist, { recursive: true, force: true })
  for (const entries of bundles) {
    for (const chunk of await chunksOf(directory, entries)) await writeChunk(dist, chunk)
  }
}

async function chunksOf(directory: string, entries: Entries): Promise<readonly OutputChunk[]> {
  const bundle = await rolldown({
    cwd: directory,
    input: { ...entries },
    platform: 'node',
    external: absent,
    treeshake: { moduleSideEffects: [{ test: inert, sideEffects: false }] },
    plugins: [compiledSources()],
    // Libraries': of no use to whoever builds the app.
    checks: { eval: false, circularDependency: false },
  })
  try {
    const { output } = await bundle.generate({
      format: 'esm',
      sourcemap: 'hidden',
      keepNames: true,
      // Flat, as our code finds its worker scripts beside itself. Rolldown adds to a name whatever shares the chunk.
      chunkFileNames: ({ name }) => `${name.split('~')[0]}-[hash].js`,
      codeSplitting: { groups: [{ name: 'libraries', test: isLibrary, entriesAware: true }] },
    })
    return output.filter((file) => file.type === 'chunk')
  } finally {
    await bundle.close()
  }
}

async function writeChunk(dist: string, { fileName, code, map, moduleIds }: OutputChunk): Promise<void> {
  const file = join(dist, fileName)
  await mkdir(dirname(file), { recursive: true })
  if (map === null || moduleIds.every(isLibrary)) return writeFile(file, code)
  const mapping = { ...map, sourcesContent: undefined }
  await writeFile(`${file}.map`, JSON.stringify(mapping))
  await writeFile(file, `${code}\n//# sourceMappingURL=${fileName.split('/').at(-1)}.map\n`)
}
