import { type ComponentType, type LazyExoticComponent, lazy } from 'react'

/** A page whose file is loaded when it is first shown. */
export function page<Name extends string, Props>(
  load: () => Promise<{ readonly [Key in Name]: ComponentType<Props> }>,
  name: Name,
): LazyExoticComponent<ComponentType<Props>> {
  return lazy(async () => ({ default: (await load())[name] }))
}
