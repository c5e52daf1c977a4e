// SPDX-License-Identifier: Apache-2.0
// Nothing of its own: this is what the precompiled header of all tests is made with.
