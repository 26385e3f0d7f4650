import { once as onceEmitted } from 'node:events'
import { bringUp, type Ground, prepare } from './bring-up.ts'
import { inviteToConsole, withdrawUnusedLinks } from './console-sign-in.ts'
import { demoFilePath, removeDemoFile, writeDemoFile } from './demo-file.ts'
import { errorText } from './error-text.ts'
import { removeNextCertificate, writeNextCertificate } from './next-certificate.ts'
import { readyCommands } from './ready-commands.ts'
import { dataDirectory, type Entries } from './repository.ts'
import type { ServiceProcess } from './service-process.ts'
import { Services } from './services.ts'
import { Steps } from './steps.ts'
import { duration, type Terminal } from './terminal.ts'

export interface DemoOptions {
  /** Stop after the flow. */
  readonly once: boolean
  /** The user's. */
  readonly environment: NodeJS.ProcessEnv
  readonly entries: Entries
  readonly terminal: Terminal
  /** Stops the demo whatever it does. */
  readonly interrupted: AbortSignal
  /** How long the link to the console waits for somebody to use it. */
  readonly linkMs?: number
}

const forgetIntervalMs = 60_000
const usualLinkMs = 600_000

/**
 * Brings the demo up and keeps it up until it is interrupted. True if all of it worked: the flow was done to its end,
 * and the services stayed up as long as they had to. Whatever was started has ended by then.
 */
export async function runDemo(options: DemoOptions): Promise<boolean> {
  const steps = new Steps(options.terminal, options.interrupted)
  const dataDir = dataDirectory(options.environment)
  const services = new Services(options.entries, dataDir)
  let ground: Ground | undefined
  try {
    ground = await steps.run('demo target started', () => prepare(options.environment, dataDir))
    return await liveThrough(options, { steps, ground, services, dataDir, adminEntry: options.entries.admin })
  } catch (error) {
    if (options.interrupted.aborted) return false
    if (steps.failure === undefined) throw error
    const called = services.all.find(({ name }) => name === steps.failure?.service)
    if (called) options.terminal.complain(lastLines(called))
    return false
  } finally {
    await services.stop()
    await ground?.close()
  }
}

async function liveThrough(options: DemoOptions, parts: Parameters<typeof bringUp>[0]): Promise<boolean> {
  const { once, terminal, interrupted, linkMs = usualLinkMs } = options
  const { steps, services, dataDir, ground } = parts
  const start = performance.now()
  const interruption = aborted(interrupted)
  const demo = await Promise.race([bringUp(parts), interruption])
  if (demo === undefined) return false
  if (once) {
    terminal.text(`\nAll ${steps.done} steps worked, in ${duration(performance.now() - start)}.`)
    return true
  }
  await steps.run('credentials written', async () => {
    await writeNextCertificate(dataDir, ground.target)
    await writeDemoFile(dataDir, demo)
    return { result: demoFilePath(dataDir), value: undefined }
  })
  const link = await inviteToConsole(demo)
  terminal.text(readyCommands({ demo, dataDir, link, services: services.all }))
  // The target takes a note of each request, and nobody reads them any more: in days they would fill the memory.
  const forgetting = setInterval(() => ground.target.clear(), forgetIntervalMs)
  const withdrawing = setTimeout(() => {
    // A service that does not answer ends the demo, and the next start withdraws the link.
    withdrawUnusedLinks(demo).catch((error) => terminal.complain(`The link still works: ${errorText(error)}`))
  }, linkMs)
  try {
    return await staysUp(services.all, interruption, terminal)
  } finally {
    clearInterval(forgetting)
    clearTimeout(withdrawing)
    await removeDemoFile(dataDir, demo)
    await removeNextCertificate(dataDir)
  }
}

/** True if it is the user who ends it, false if a service does. */
async function staysUp(
  services: readonly ServiceProcess[],
  interruption: Promise<undefined>,
  terminal: Terminal,
): Promise<boolean> {
  const ends = services.map(async (service) => ({ service, how: await service.ended }))
  const end = await Promise.race([interruption, ...ends])
  if (end === undefined) {
    terminal.text('\nStopping.')
    return true
  }
  terminal.complain(`\n${end.service.name} has exited on its own (${end.how}); stopping.\n${lastLines(end.service)}`)
  return false
}

function lastLines({ logFile, tail }: ServiceProcess): string {
  return `The last lines of ${logFile}:\n${tail}`
}

async function aborted(signal: AbortSignal): Promise<undefined> {
  if (!signal.aborted) await onceEmitted(signal, 'abort')
}
