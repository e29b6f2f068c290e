-- CreateTable
CREATE TABLE `Account` (
    `id` VARCHAR(191) NOT NULL,
    `other` VARCHAR(191) NOT NULL,
    `role` ENUM('USER', 'admin') NOT NULL DEFAULT 'admin',
    `colour` ENUM('red', 'green', 'dark blue') NULL,
    `shade` ENUM('red', 'green', 'dark blue') NULL DEFAULT 'dark blue',

    UNIQUE INDEX `Account_other_key`(`other`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;
