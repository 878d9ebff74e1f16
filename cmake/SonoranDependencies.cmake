# What we build on. Debian 12: see tools/lib/setup; elsewhere: vcpkg.json names the same.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
# Static and hidden: inside Node there is another OpenSSL, and the two must not meet.
set(OPENSSL_USE_STATIC_LIBS TRUE)
find_package(OpenSSL 3 REQUIRED)
find_package(simdjson REQUIRED)

# Asio, Beast, Boost.JSON and Boost.URL are compiled here, once; everyone else sees declarations only.
add_library(sonoran_asio STATIC ${CMAKE_SOURCE_DIR}/cmake/asio.cpp ${CMAKE_SOURCE_DIR}/cmake/beast.cpp
                                ${CMAKE_SOURCE_DIR}/cmake/json.cpp ${CMAKE_SOURCE_DIR}/cmake/url.cpp)
target_compile_features(sonoran_asio PUBLIC cxx_std_20)
target_compile_definitions(
  sonoran_asio PUBLIC BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
                      BOOST_ALL_NO_LIB)
# SYSTEM: our warnings are for our code.
target_include_directories(sonoran_asio SYSTEM PUBLIC ${Boost_INCLUDE_DIRS})
target_link_libraries(sonoran_asio PUBLIC OpenSSL::SSL OpenSSL::Crypto Threads::Threads)
if(WIN32)
  target_sources(sonoran_asio PRIVATE ${CMAKE_SOURCE_DIR}/cmake/wspiapi.c)
  target_link_libraries(sonoran_asio PUBLIC ws2_32 mswsock crypt32 bcrypt)
endif()
