// @nestjs/throttler is CommonJS and requires Nest's ES modules. Jest takes that for a cycle while they are themselves
// being loaded, as part of the graph that also has the throttler; so they are loaded before any test file.
import '@nestjs/common'
import '@nestjs/core'
