import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from '@jest/globals'
import { parseDockerfile } from '../../support/dockerfile.ts'
import { codeOf, currentDocuments } from '../../support/documents.ts'
import { root } from '../../support/entries.ts'

/** References that need no digest here, and why. */
const exceptions = [
  { of: /(^|\/)(config-api|forwarder-api|console|demo)(:[\d.]+|@sha256:DIGEST)?$/, why: 'ours: a release names them' },
  { of: /\/\$app:\$commit$/, why: 'ours, which is built there' },
  { of: /^IMAGE$/, why: 'stands for one of ours' },
]

/** What `docker run` takes without a value. */
const switches = ['--rm', '--init']

/** The image of `docker run --rm --env-file FILE IMAGE COMMAND`, if the words come as far as that. */
function imageOfRun([word, ...rest]: readonly string[]): string | undefined {
  if (word === undefined || !word.startsWith('-')) return word
  return imageOfRun(word.includes('=') || switches.includes(word) ? rest : rest.slice(1))
}

/** The images that YAML, shell and settings of tools name. */
function imagesIn(text: string): readonly string[] {
  const lines = text.replaceAll('\\\n', ' ')
  const named = lines.matchAll(/(?:(?:^|[{,-]) *(?:image|container): +["']?|\bimage=)([\w./:@$-]+)/gm)
  const commands = lines.matchAll(/\bdocker (?:run|pull) +(.+)/g)
  const run = Array.from(commands, ([, words = '']) => imageOfRun(words.split(/\s+/)))
  return [...Array.from(named, ([, image]) => image), ...run].filter((image) => image !== undefined)
}

/** The images of a Dockerfile that stages begin with, or take files of. */
function imagesOf(dockerfile: string): readonly string[] {
  const stages = parseDockerfile(dockerfile)
  const bases = Array.from(stages.values(), ({ from }) => from)
  const copied = dockerfile.matchAll(/--(?:from=|mount=(?:\S+,)?from=)([^\s,]+)/g)
  return [...bases, ...Array.from(copied, ([, image = '']) => image)].filter((image) => !stages.has(image))
}

const read = (file: string) => readFileSync(join(root, file), 'utf8')
const declared = globSync(['*.yml', '.github/**/*.yml', 'infra/**/*.{yml,yaml}'], { cwd: root })
const references = [
  ...imagesOf(read('infra/docker/Dockerfile')).map((image) => ({ file: 'infra/docker/Dockerfile', image })),
  ...declared.flatMap((file) => imagesIn(read(file)).map((image) => ({ file, image }))),
  ...currentDocuments.flatMap((document) =>
    codeOf(document).flatMap((code) => imagesIn(code).map((image) => ({ file: document.path, image }))),
  ),
]
const others = references.filter(({ image }) => !exceptions.some(({ of }) => of.test(image)))

it('images of others are named by tag and digest, wherever something is built, run or shown with them', () => {
  expect(new Set(others.map(({ image }) => image.split(':')[0]))).toEqual(
    new Set([
      ...['busybox', 'gcr.io/distroless/cc-debian12', 'grafana/grafana', 'hashicorp/vault', 'moby/buildkit'],
      ...['nginx', 'node', 'prom/prometheus', 'redis'],
    ]),
  )
  expect(others.filter(({ image }) => !/^[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}$/.test(image))).toEqual([])
})

it('a tag has the same digest everywhere', () => {
  const pinned = new Set(others.map(({ image }) => image))
  const tags = new Set([...pinned].map((image) => image.split('@')[0]))
  expect(pinned.size).toBe(tags.size)
})

it('every Node is the one that .nvmrc names', () => {
  const ofNode = others.filter(({ image }) => image.startsWith('node:'))
  expect(ofNode.length).toBeGreaterThan(2)
  const version = read('.nvmrc').trim()
  expect(ofNode.filter(({ image }) => !image.startsWith(`node:${version}-`))).toEqual([])
})

it('exceptions are for what there is', () => {
  expect(exceptions.filter(({ of }) => !references.some(({ image }) => of.test(image)))).toEqual([])
})

it.each([
  ['a service', 'services:\n  cache: { image: redis:8 }', 'redis:8'],
  ['a quoted image', "  - image: 'nginx'", 'nginx'],
  ['the machine of a job', '    container: node:24', 'node:24'],
  ['an option', 'docker buildx create --driver-opt image=moby/buildkit:v0', 'moby/buildkit:v0'],
  ['a command', 'docker run --rm --volume a:/a \\\n  busybox chown 1 /a', 'busybox'],
])('finds the image of %s', (_what, text, image) => {
  expect(imagesIn(text)).toEqual([image])
})

it('finds the images of a Dockerfile, of which stages begin or take files, but no stage', () => {
  const lines = [
    'ARG BASE=node:24',
    'FROM $BASE AS build',
    'RUN --mount=type=bind,from=golang:1,target=/go --mount=from=alpine true',
    'FROM scratch AS service',
    'COPY --from=build /app /app',
    'COPY --chown=1:1 --from=busybox:1 /bin/sh /bin/',
  ]
  expect(imagesOf(lines.join('\n'))).toEqual(['node:24', 'scratch', 'golang:1', 'alpine', 'busybox:1'])
})
