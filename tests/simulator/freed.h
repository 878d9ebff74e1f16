// Owns what OpenSSL allocates.
#pragma once

namespace sonoran::simulator {

/// For std::unique_ptr: frees with the function kFree, as in Freed<X509_free>.
template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};

}  // namespace sonoran::simulator
