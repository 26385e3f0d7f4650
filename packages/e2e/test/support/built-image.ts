import { cp, mkdir, readFile, stat, symlink, unlink } from 'node:fs/promises'
import { basename, dirname, join, matchesGlob, relative, resolve } from 'node:path'
import { environmentOf, type Instruction, parseDockerfile, type Stage, withVariables } from './dockerfile.ts'
import { root } from './entries.ts'
import { runAsBuild } from './run-as-build.ts'

type Variables = Readonly<Record<string, string>>

/** What a stage of a Dockerfile leaves. */
export interface BuiltImage {
  /** What is `/` in the image, without what its base image brings. */
  readonly directory: string
  /** Absolute in the image. */
  readonly workingDirectory: string
  readonly env: Variables
  /** The other instructions by name, as they are written; FROM is the base image of all stages before it. */
  readonly settings: Variables
}

export interface ImageOptions {
  readonly dockerfile: string
  readonly args: Variables
  /** An empty directory, for the stages. */
  readonly directory: string
}

/** What stages copy out of Node's image, and what stands for it: this machine's own. */
const programs = [
  ['usr/local/bin/node', process.execPath],
  ['usr/bin/unshare', '/usr/bin/unshare'],
  ['usr/bin/test', '/usr/bin/test'],
] as const

/**
 * Builds images without a container engine: RUN lines are run as they are written, by this machine's programs, in the
 * stage's directory. So they may name nothing by an absolute path.
 */
export class ImageBuild {
  readonly #options: ImageOptions
  readonly #stages: ReadonlyMap<string, Stage>
  readonly #ignored: readonly string[]
  readonly #built = new Map<string, BuiltImage>()

  private constructor(options: ImageOptions, stages: ReadonlyMap<string, Stage>, ignored: readonly string[]) {
    this.#options = options
    this.#stages = stages
    this.#ignored = ignored
  }

  static async open(options: ImageOptions): Promise<ImageBuild> {
    const ignored = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n').filter((line) => line !== '')
    return new ImageBuild(options, parseDockerfile(await readFile(options.dockerfile, 'utf8')), ignored)
  }

  /** The same with other arguments: what has been built already is not built again. */
  with(args: Variables, directory: string): ImageBuild {
    const build = new ImageBuild({ ...this.#options, args, directory }, this.#stages, this.#ignored)
    for (const [name, image] of this.#built) build.#built.set(name, image)
    return build
  }

  /** Builds a stage, and those that it needs; each once. */
  async stage(name: string): Promise<BuiltImage> {
    const known = this.#built.get(name)
    if (known !== undefined) return known
    const stage = this.#stages.get(name)
    if (stage === undefined) throw new Error(`the Dockerfile has no stage ${name}`)
    let image = await this.#begin(name, stage.from)
    for (const instruction of stage.instructions) image = await this.#carryOut(instruction, image)
    this.#built.set(name, image)
    return image
  }

  async #begin(name: string, from: string): Promise<BuiltImage> {
    const directory = join(this.#options.directory, name)
    await mkdir(directory)
    if (!this.#stages.has(from)) {
      for (const [path, program] of from.startsWith('node:') ? programs : []) {
        await mkdir(dirname(join(directory, path)), { recursive: true })
        await symlink(program, join(directory, path))
      }
      return { directory, workingDirectory: '/', env: {}, settings: { FROM: from } }
    }
    const base = await this.stage(from)
    await link(base.directory, directory)
    return { ...base, directory }
  }

  async #carryOut(instruction: Instruction, image: BuiltImage): Promise<BuiltImage> {
    const { name, rest } = instruction
    const variables = { ...this.#options.args, ...image.env }
    switch (name) {
      case 'WORKDIR': {
        const workingDirectory = resolve(image.workingDirectory, withVariables(rest, variables))
        await mkdir(join(image.directory, workingDirectory), { recursive: true })
        return { ...image, workingDirectory }
      }
      case 'ENV':
        return { ...image, env: { ...image.env, ...environmentOf(rest) } }
      case 'COPY':
        await this.#copy(instruction, image, variables)
        return image
      case 'RUN':
        await this.#run(instruction, image, variables)
        return image
      default:
        return { ...image, settings: { ...image.settings, [name]: rest } }
    }
  }

  /** A cache that is mounted within the working directory outlives the build. npm finds its own by the environment. */
  async #run({ flags, rest }: Instruction, image: BuiltImage, variables: Variables): Promise<void> {
    const directory = join(image.directory, image.workingDirectory)
    const [, target = ''] = /\btarget=([^,]+)/.exec(flags.mount ?? '') ?? []
    const cache = join(image.directory, target)
    if (!cache.startsWith(`${directory}/`)) return runAsBuild(rest, directory, variables)
    const lasting = join(root, 'node_modules/.cache/mtls-gateway/image-build', target)
    for (const path of [lasting, dirname(cache)]) await mkdir(path, { recursive: true })
    await symlink(lasting, cache)
    await runAsBuild(rest, directory, variables)
    await unlink(cache)
  }

  async #copy({ flags, rest }: Instruction, image: BuiltImage, variables: Variables): Promise<void> {
    const [from = '', to = ''] = withVariables(rest, variables).split(/\s+/)
    const destination = join(image.directory, resolve(image.workingDirectory, to))
    await mkdir(destination, { recursive: true })
    if (flags.from !== undefined) return link(join((await this.stage(flags.from)).directory, from), destination)
    const isFile = (await stat(join(root, from))).isFile()
    const target = isFile ? join(destination, basename(from)) : destination
    await cp(join(root, from), target, { recursive: true, filter: (path) => !this.#isIgnored(path) })
  }

  #isIgnored(path: string): boolean {
    return this.#ignored.some((pattern) => matchesGlob(relative(root, path), pattern))
  }
}

/** Like COPY: what a directory holds, or a file. By hard links, as the stages are thrown away together. */
async function link(from: string, to: string): Promise<void> {
  const source = (await stat(from)).isDirectory() ? `${from}/.` : from
  await runAsBuild(`cp -RPfl "$FROM" "$TO"`, to, { FROM: source, TO: to })
}
