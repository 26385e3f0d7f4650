import { spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ToolOptions {
  readonly cwd?: string
  /** On top of this process's own. */
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a command that writes to this process's terminal; its exit code. */
export async function runTool(command: string, args: readonly string[], options: ToolOptions = {}): Promise<number> {
  const { cwd, env } = options
  const child = spawn(command, args, { ...(cwd && { cwd }), env: { ...process.env, ...env }, stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  return code ?? 1
}

/** @throws Error where it fails */
export async function mustRun(command: string, args: readonly string[], options: ToolOptions = {}): Promise<void> {
  const code = await runTool(command, args, options)
  if (code !== 0) throw new Error(`${command} ${args[0]}: exit code ${code}`)
}
