# cmake -DFOLDER= -DNPM= -P install_packages.cmake
include("${CMAKE_CURRENT_LIST_DIR}/install_node_modules.cmake")
install_node_modules("${FOLDER}" "${NPM}")
