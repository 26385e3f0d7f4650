import { spawn } from 'node:child_process'

/** What opens a page in a browser that is seen on this screen; undefined where there is none, as over SSH. */
export function browserCommand(
  { BROWSER, SSH_CONNECTION, DISPLAY, WAYLAND_DISPLAY }: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): readonly [program: string, ...args: readonly string[]] | undefined {
  if (BROWSER) return [BROWSER]
  if (SSH_CONNECTION) return undefined
  if (platform === 'darwin') return ['open']
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler']
  return DISPLAY || WAYLAND_DISPLAY ? ['xdg-open'] : undefined
}

/** False where nothing can. @param url without secrets, as others see the arguments of a process */
export async function openBrowser(environment: NodeJS.ProcessEnv, url: string): Promise<boolean> {
  const [program, ...args] = browserCommand(environment, process.platform) ?? []
  if (program === undefined) return false
  const child = spawn(program, [...args, url], { env: environment, stdio: 'ignore', detached: true })
  child.unref()
  return new Promise((resolve) => {
    child.once('spawn', () => resolve(true))
    child.once('error', () => resolve(false))
  })
}
