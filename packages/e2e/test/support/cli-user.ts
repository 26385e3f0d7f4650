import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { cliEntry } from './entries.ts'
import type { RunningSystem } from './running-system.ts'
import { newAccountId } from './tenant.ts'

export interface CliRun {
  readonly stdin?: string
  readonly env?: Readonly<Record<string, string>>
}

export interface CliEnd {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Somebody who runs `mtls` as a process, without a terminal, with files of their own. */
export class CliUser {
  readonly directory: string
  #written = ''

  private constructor(directory: string) {
    this.directory = directory
  }

  /** The files are in the system's directory and end with it. */
  static async create({ directory: parent }: RunningSystem): Promise<CliUser> {
    const directory = join(parent, `user-${newAccountId()}`)
    await mkdir(directory)
    return new CliUser(directory)
  }

  get loginFile(): string {
    return join(this.directory, 'mtls-gateway', 'login.json')
  }

  /** All that the commands of this user have written, stdout and stderr. */
  get written(): string {
    return this.#written
  }

  /** The path of a new file. */
  async file(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.directory, name)
    await writeFile(path, content)
    return path
  }

  async mtls(args: readonly string[], { stdin = '', env = {} }: CliRun = {}): Promise<CliEnd> {
    const child = this.#start(args, env)
    // A command that ends before it has read this has nothing to do with it.
    child.stdin.on('error', () => {}).end(stdin)
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
    this.#written += stdout + stderr
    return { code, stdout, stderr }
  }

  /** The output of a command that goes on by itself, which is stopped once that is as it should be. */
  async until(args: readonly string[], isSo: (stdout: string) => boolean): Promise<string> {
    const child = this.#start(args, {})
    const ended = once(child, 'close')
    try {
      let stdout = ''
      for await (const chunk of child.stdout.setEncoding('utf8')) {
        stdout += chunk
        if (isSo(stdout)) return stdout
      }
      throw new Error(`mtls ${args[0]} ended with ${stdout}`)
    } finally {
      child.kill()
      await ended
    }
  }

  #start(args: readonly string[], env: Readonly<Record<string, string>>) {
    return spawn(process.execPath, [cliEntry, ...args], {
      cwd: this.directory,
      env: { PATH: process.env.PATH, HOME: this.directory, XDG_CONFIG_HOME: this.directory, ...env },
    })
  }

  /** @throws Error unless the command ends well */
  async done(args: readonly string[], run: CliRun = {}): Promise<string> {
    const { code, stdout, stderr } = await this.mtls(args, run)
    if (code !== 0) throw new Error(`mtls ${args[0]} ended with ${code}: ${stderr}`)
    return stdout
  }
}
