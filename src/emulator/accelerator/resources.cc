// SPDX-License-Identifier: Apache-2.0
#include "emulator/accelerator/resources.h"

#include <utility>

namespace nobounce::emulator::accelerator {

Resources::Added Resources::add(std::uint32_t id, Resource resource) {
  if (resources_.contains(id)) return Added::kExists;
  if (resources_.size() >= kMaxResources || resource.extents.size() > kMaxExtents - extents_)
    return Added::kFull;
  extents_ += resource.extents.size();
  resources_.emplace(id, std::move(resource));
  return Added::kAdded;
}

Resource* Resources::find(std::uint32_t id) {
  const auto found = resources_.find(id);
  return found == resources_.end() ? nullptr : &found->second;
}

void Resources::remove(std::uint32_t id) {
  const auto found = resources_.find(id);
  if (found == resources_.end()) return;
  for (auto& [_, context] : contexts_)
    detach(context, id);
  extents_ -= found->second.extents.size();
  resources_.erase(found);
}

Resources::Added Resources::add_context(std::uint32_t id) {
  if (contexts_.contains(id)) return Added::kExists;
  if (contexts_.size() >= kMaxContexts) return Added::kFull;
  contexts_.try_emplace(id);
  return Added::kAdded;
}

Context* Resources::find_context(std::uint32_t id) {
  const auto found = contexts_.find(id);
  return found == contexts_.end() ? nullptr : &found->second;
}

void Resources::remove_context(std::uint32_t id) {
  const auto found = contexts_.find(id);
  if (found == contexts_.end()) return;
  attachments_ -= found->second.resources.size();
  contexts_.erase(found);
}

Resources::Added Resources::attach(Context& context, std::uint32_t resource) {
  if (context.resources.contains(resource)) return Added::kExists;
  if (attachments_ >= kMaxAttachments) return Added::kFull;
  context.resources.insert(resource);
  ++attachments_;
  return Added::kAdded;
}

void Resources::detach(Context& context, std::uint32_t resource) {
  attachments_ -= context.resources.erase(resource);
}

const Resource* Resources::find_in(const Context& context, std::uint32_t id) const {
  if (!context.resources.contains(id)) return nullptr;
  const auto found = resources_.find(id);
  return found == resources_.end() ? nullptr : &found->second;
}

void Resources::clear() {
  resources_.clear();
  contexts_.clear();
  attachments_ = 0;
  extents_ = 0;
}

}  // namespace nobounce::emulator::accelerator
