/**
 * Prints the notes of a release: what CHANGELOG.md says of it, and the images with their sizes.
 *   node infra/release/notes.ts 0.3.0 IMAGE@DIGEST...
 * The images are looked up in their registry, by docker buildx.
 */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The manifest of an image, or an index of those of its architectures, as it is in the registry. */
export type ReadManifest = (reference: string) => string

interface Index {
  readonly manifests: readonly {
    readonly digest: string
    readonly platform: { readonly os: string; readonly architecture: string }
  }[]
}

interface Manifest {
  readonly config: { readonly size: number }
  readonly layers: readonly { readonly size: number }[]
}

/** @throws Error if the changelog has no such version */
export function releaseNotes(
  changelog: string,
  version: string,
  images: readonly string[],
  read: ReadManifest,
): string {
  const section = changelog.split(/^(?=## )/m).find((each) => each.startsWith(`## ${version} - `))
  if (section === undefined) throw new Error(`CHANGELOG.md has no ${version}: npm run changelog -- ${version}`)
  const [, ...text] = section.trim().split('\n')
  const rows = images.flatMap((image) =>
    sizesOf(image, read).map(({ platform, bytes }) => `| \`${image}\` | ${platform} | ${megabytes(bytes)} |`),
  )
  const table = ['| image | architecture | download |', '| --- | --- | --- |', ...rows]
  const verify = '`docs/releases.md` says how to verify images and files.'
  return `${[text.join('\n').trim(), '## Images', table.join('\n'), verify].join('\n\n')}\n`
}

/** What is downloaded for each architecture: its layers, compressed, and its configuration. */
function sizesOf(image: string, read: ReadManifest) {
  const [name] = image.split('@')
  const index: Index = JSON.parse(read(image))
  // An attestation is a manifest, too, of an unknown system.
  const ofSystems = index.manifests.filter(({ platform }) => platform.os === 'linux')
  return ofSystems.map(({ digest, platform }) => {
    const { config, layers }: Manifest = JSON.parse(read(`${name}@${digest}`))
    return { platform: platform.architecture, bytes: layers.reduce((sum, { size }) => sum + size, config.size) }
  })
}

const megabytes = (bytes: number): string => `${(bytes / 1_000_000).toFixed(1)} MB`

if (import.meta.main) {
  const [version = '', ...images] = process.argv.slice(2)
  const changelog = readFileSync(join(import.meta.dirname, '../../CHANGELOG.md'), 'utf8')
  const words = ['buildx', 'imagetools', 'inspect', '--raw']
  const read = (reference: string) => execFileSync('docker', [...words, reference], { encoding: 'utf8' })
  process.stdout.write(releaseNotes(changelog, version, images, read))
}
