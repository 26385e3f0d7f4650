import { describe, expect, it } from '@jest/globals'
import type { DynamicModule } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { provide, provideBy, provideValue, token } from '../../src/index.ts'

const LIMIT = token<number>('limit')

class Store {
  readonly name = 'store'
}

class Reader {
  readonly store: Store
  readonly limit: number

  constructor(store: Store, limit: number) {
    this.store = store
    this.limit = limit
  }
}

class Report {
  readonly parts: { readonly reader: Reader; readonly limit: number }

  constructor(parts: { readonly reader: Reader; readonly limit: number }) {
    this.parts = parts
  }
}

async function contextOf(providers: NonNullable<DynamicModule['providers']>) {
  const root = { module: class {}, providers }
  return NestFactory.createApplicationContext(root, { logger: false, abortOnError: false })
}

describe('a provider', () => {
  const basics = [provide(Store, []), provideValue(LIMIT, 3)]

  it('gives a constructor its dependencies, in their order', async () => {
    const context = await contextOf([...basics, provide(Reader, [Store, LIMIT])])
    expect(context.get(Reader)).toMatchObject({ store: { name: 'store' }, limit: 3 })
  })

  it('gives a constructor that takes one object its dependencies by name', async () => {
    const report = provide(Report, { reader: Reader, limit: LIMIT })
    const context = await contextOf([report, ...basics, provide(Reader, [Store, LIMIT])])
    expect(context.get(Report).parts).toEqual({ reader: context.get(Reader), limit: 3 })
  })

  it('is found by another token than its class where one is given', async () => {
    const context = await contextOf([...basics, provide(Reader, [Store, LIMIT], 'APP_READER')])
    expect(context.get('APP_READER')).toBeInstanceOf(Reader)
    expect(() => context.get(Reader)).toThrow()
  })

  it('is made by a function where a constructor is not enough', async () => {
    const reader = provideBy(Reader, [Store, LIMIT], async (store, limit) => new Reader(store, limit * 2))
    const context = await contextOf([...basics, reader])
    expect(context.get(Reader).limit).toBe(6)
  })

  it('does not compile with other dependencies than its constructor takes', () => {
    // @ts-expect-error: the other way round
    provide(Reader, [LIMIT, Store])
    // @ts-expect-error: one is missing
    provide(Reader, [Store])
    // @ts-expect-error: an option is missing
    provide(Report, { reader: Reader })
    // @ts-expect-error: a limit is a number
    provideBy(LIMIT, [Store], ({ name }) => name)
    // @ts-expect-error: a limit is a number
    expect(provideValue(LIMIT, '3')).toMatchObject({ useValue: '3' })
  })
})
