import { type ComponentType, type LazyExoticComponent, lazy } from 'react'
import { reachConsole } from '../api/console-fetch.ts'

/** A page whose file is loaded when it is first shown. If nobody is there to send it, that is why it fails. */
export function page<Name extends string, Props>(
  load: () => Promise<{ readonly [Key in Name]: ComponentType<Props> }>,
  name: Name,
): LazyExoticComponent<ComponentType<Props>> {
  const loaded = () =>
    load().catch(async (cause: unknown) => {
      await reachConsole()
      throw cause
    })
  return lazy(async () => ({ default: (await loaded())[name] }))
}
