# Warnings are for whoever works on the project; a user's build is not broken by a newer compiler.
option(DEVELOPER_MODE "Warnings are errors" OFF)
add_compile_options(-Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough)
if(DEVELOPER_MODE)
  add_compile_options(-Werror)
endif()
